"""Objects that decide who sends traffic to pods, how many there are and where they run, as facts.

Facts are plain data with places, not trees: they outlive the file they were read from.
"""

from collections.abc import Collection, Iterator, Mapping

from k8slint.kubernetes.kustomization import Labels
from k8slint.manifest.scalars import decimal
from k8slint.manifest.source import Location
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

# Asks for a load balancer of Google's that sends to the pods of a Service.
NEG = "cloud.google.com/neg"
_NOTHING: frozenset[str] = frozenset()


class FilePlace(NamedTuple):
    """A file and its folder, in one spelling however they were named.

    `examples` is the innermost folder of examples that it is in; empty for none.
    """

    file: str
    folder: str
    examples: str


class Meta(NamedTuple):
    """What an object is called and where it stands.

    `namespaces` are those it may be in: the written one, those of the kustomizations it is part
    of, or "" where nothing says. `roots` are the folders of these kustomizations.
    """

    kind: str
    name: str
    namespaces: tuple[str, ...]
    at: Location
    where: FilePlace
    roots: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Expression(NamedTuple):
    """A requirement on the value of a label."""

    key: str
    operator: str
    values: tuple[str, ...]

    def admits(self, found: frozenset[str]) -> bool:
        """Whether values that a label may have, none of them where it is missing, meet it."""
        match self.operator:
            case "In":
                return not found.isdisjoint(self.values)
            case "NotIn":
                return not found or bool(found.difference(self.values))
            case "Exists":
                return bool(found)
            case "DoesNotExist":
                return not found
            case "Gt" | "Lt":
                return any(self._compares(value) for value in found)
        return False

    @property
    def limit(self) -> int | None:
        """The number that values are compared with; None where there is none."""
        return decimal(self.values[0]) if len(self.values) == 1 else None

    def _compares(self, found: str) -> bool:
        number, bound = decimal(found), self.limit
        if number is None or bound is None:
            return False
        return number > bound if self.operator == "Gt" else number < bound


class Selector(NamedTuple):
    """A label selector: all of it has to match."""

    labels: Labels = ()
    expressions: tuple[Expression, ...] = ()

    def asked_for(self) -> Iterator[Collection[tuple[str, str]]]:
        """Sets of labels, of each of which what matches has at least one."""
        yield from ((pair,) for pair in self.labels)
        for one in self.expressions:
            if one.operator == "In":
                yield {(one.key, value): None for value in one.values}

    def matches(self, labels: Mapping[str, frozenset[str]]) -> bool:
        """Whether labels, each with the values it may have, can match."""
        for key, value in self.labels:
            if value not in labels.get(key, _NOTHING):
                return False
        return not self.expressions or all(
            one.admits(labels.get(one.key, _NOTHING)) for one in self.expressions
        )


class Port(NamedTuple):
    """A port of a Service; `target` is the name or number of the container's port."""

    name: str
    number: str
    target: str
    protocol: str


class Service(NamedTuple):
    meta: Meta
    type: str
    selector: Selector
    ports: tuple[Port, ...]
    is_headless: bool
    annotations: Mapping[str, str]
    load_balancer_class: str
    is_local: bool


class Backend(NamedTuple):
    """A Service that traffic is sent to; the namespace is "" for that of the sender."""

    service: str
    namespace: str = ""
    port: str = ""


class Route(NamedTuple):
    """An Ingress, or what does its job: brings requests from outside to Services."""

    meta: Meta
    backends: tuple[Backend, ...]
    ingress_class: str = ""
    annotations: Mapping[str, str] = {}


class IngressClass(NamedTuple):
    meta: Meta
    controller: str
    is_default: bool


class Scaler(NamedTuple):
    """A HorizontalPodAutoscaler or KEDA ScaledObject."""

    meta: Meta
    target_kind: str
    target: str
    low: int
    high: int | None


class DisruptionBudget(NamedTuple):
    """A PodDisruptionBudget; its numbers as written (`1`, `50%`), "" where they are none.

    The selector is None where it selects nothing.
    """

    meta: Meta
    selector: Selector | None
    min_available: str
    max_unavailable: str


class Taint(NamedTuple):
    """What keeps pods off a node that do not tolerate it."""

    key: str
    value: str
    effect: str


class NodePool(NamedTuple):
    """A Karpenter NodePool; `grace` is the Go duration after which it ends pods, "" for never."""

    meta: Meta
    grace: str
    labels: Mapping[str, str]
    requirements: tuple[Expression, ...]
    taints: tuple[Taint, ...]


class SecurityGroupPolicy(NamedTuple):
    """Security groups for pods; the selector is None where service accounts decide as well."""

    meta: Meta
    selector: Selector | None


class BackendConfig(NamedTuple):
    """How Google's load balancers treat a Service."""

    meta: Meta
    draining: int | None


class Namespace(NamedTuple):
    meta: Meta
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


class ConfigEntry(NamedTuple):
    """A value of a ConfigMap, with its place.

    `text` is None where it is not kept, and `why` says why not. The text begins at `first_line` of
    the file where it stands there line by line, which 0 denies.
    """

    text: str | None
    at: Location
    first_line: int = 0
    why: str = ""


class ConfigMap(NamedTuple):
    """A ConfigMap with scripts or settings; there may be other keys where it is not `whole`."""

    meta: Meta
    data: Mapping[str, ConfigEntry]
    is_whole: bool = True


Object: TypeAlias = (
    Service
    | Route
    | IngressClass
    | Scaler
    | DisruptionBudget
    | NodePool
    | SecurityGroupPolicy
    | BackendConfig
    | Namespace
    | ConfigMap
)
