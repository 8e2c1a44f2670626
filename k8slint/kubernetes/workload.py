"""Typed views of workloads: every value knows its place, an absent one where it would go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from k8slint.kubernetes.defaults import DEFAULT_GRACE, GRACE_KEY, REPLICATED
from k8slint.kubernetes.fields import Grace, Spelling, Whole, whole
from k8slint.kubernetes.handlers import HOOKS, Event, Handler, is_left_open, is_set
from k8slint.kubernetes.kinds import CONTAINERS_OF_OBJECTS, OF_ANY_KIND, Kinds, follow, is_built_in
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.near import where_is
from k8slint.kubernetes.objects import ConfigMap, FilePlace
from k8slint.lazy import cached_property
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.type_names import Literal, TypeAlias

ConfigMapFinder: TypeAlias = "Callable[[Workload, str], Sequence[ConfigMap]]"


class Hook(Handler):
    """A preStop or postStart handler of a container."""

    def __init__(self, container: Container, event: Event, value: Value) -> None:
        super().__init__(value)
        self.container = container
        self.event = event


class Probe:
    """A liveness, readiness or startup probe."""

    def __init__(self, name: str, value: Value) -> None:
        self.name = name
        self.value = value

    @cached_property
    def grace(self) -> Whole:
        return whole(self.value.get(GRACE_KEY))


class Container:
    """One container of a pod, of any of its three lists.

    `image_env` are variables of its image, told by who knows it; `image_source` says how.
    """

    image_env: Mapping[str, str] = MappingProxyType({})
    image_source = ""

    def __init__(
        self, pod: Pod, value: Value, role: Literal["main", "init", "sidecar", "ephemeral"]
    ) -> None:
        self.pod = pod
        self.value = value
        self.role = role

    @cached_property
    def name(self) -> str:
        return self.value.get("name").text or str(self.value.pointer[-1])

    @cached_property
    def image(self) -> str | None:
        return self.value.get("image").text

    @cached_property
    def lifecycle(self) -> Value:
        return self.value.get("lifecycle")

    @cached_property
    def hooks(self) -> tuple[Hook, ...]:
        """The hooks that are written, preStop first; empty ones (`preStop: {}`) too.

        Those that an action of a template may write are there if the document has them, and a
        placeholder for `lifecycle` stands for a preStop hook.
        """
        hooks = (Hook(self, event, self.lifecycle.get(event)) for event in HOOKS)
        may_be_written = self.value.document.has_hooks_of_actions and self.may_have_hook
        if may_be_written or is_left_open(self.lifecycle):
            return (Hook(self, "preStop", self.lifecycle),)
        return tuple(hook for hook in hooks if is_set(hook.value))

    @property
    def may_have_hook(self) -> bool:
        """Whether an action of a template may write its preStop hook."""
        return self.lifecycle.is_unknown or self.lifecycle.get("preStop").is_unknown

    @cached_property
    def pre_stop(self) -> Hook | None:
        return next((hook for hook in self.hooks if hook.event == "preStop"), None)

    @property
    def post_starts(self) -> Iterator[Hook]:
        """Its postStart hook, if it has one."""
        return (hook for hook in self.hooks if hook.event == "postStart")

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        names = ("livenessProbe", "readinessProbe", "startupProbe")
        values = ((name, self.value.get(name)) for name in names)
        return tuple(Probe(name, value) for name, value in values if value.is_mapping)

    @cached_property
    def probes_without_grace(self) -> tuple[Probe, ...]:
        """The probes whose failure waits for the pod's grace period before the restart."""
        return tuple(
            probe
            for probe in self.probes
            if probe.name != "readinessProbe" and probe.grace.spelling is Spelling.ABSENT
        )

    @cached_property
    def env(self) -> dict[str, str | None]:
        """Variables by name; None where the value is not in the manifest."""
        found: dict[str, str | None] = {}
        for item in self.value.get("env").items():
            if name := item.get("name").text:
                text = item.get("value").text
                unknown = item.get("valueFrom").is_written or (text and is_placeholder(text))
                found[name] = None if unknown else text or ""
        return found

    @cached_property
    def mounts(self) -> Mapping[str, Value]:
        """The items of `volumeMounts` by the absolute paths that they mount at."""
        items = self.value.get("volumeMounts").items()
        paths = ((item.get("mountPath").text or "", item) for item in items)
        return {path.rstrip("/"): item for path, item in paths if path.startswith("/")}

    @property
    def env_is_open(self) -> bool:
        """Whether it may have variables that are not written in the manifest."""
        env = self.value.get("env")
        is_open = env.is_unknown or any(item.is_unknown for item in env.items())
        return is_open or self.value.get("envFrom").is_written

    @property
    def runs_hooks(self) -> bool:
        """Whether the API accepts lifecycle hooks here (ValidatePodSpec)."""
        return self.role in ("main", "sidecar")


class Pod:
    """A pod, or the template of pods."""

    def __init__(self, workload: Workload, spec: Value) -> None:
        self.workload = workload
        self.spec = spec

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """All containers: main ones, then init containers and sidecars, then ephemeral ones."""
        found = [Container(self, item, "main") for item in self.spec.get("containers").items()]
        for item in self.spec.get("initContainers").items():
            sidecar = item.get("restartPolicy").text == "Always"
            found.append(Container(self, item, "sidecar" if sidecar else "init"))
        ephemeral = self.spec.get("ephemeralContainers").items()
        found += (Container(self, item, "ephemeral") for item in ephemeral)
        return tuple(found)

    @cached_property
    def metadata(self) -> Value:
        """The metadata of the pod or of its template."""
        return (self.spec.parent or self.spec).get("metadata")

    @cached_property
    def annotations(self) -> Mapping[str, Value]:
        """The annotations, with those of its workload where it has none of that name."""
        metadata = (self.workload.metadata, self.metadata)
        return dict(one for owner in metadata for one in owner.get("annotations").entries())

    @cached_property
    def labels(self) -> Mapping[str, frozenset[str]]:
        """The labels, each with the values that kustomizations may give it."""
        kustomized = self.workload.kustomized
        added: dict[str, frozenset[str]] = {}
        for name, value in (*kustomized.selector_labels, *kustomized.template_labels):
            added[name] = added.get(name, frozenset()) | {value}
        written = self.metadata.get("labels").entries()
        return added | {name: frozenset((one.text or "",)) for name, one in written} | added

    @cached_property
    def label_pairs(self) -> tuple[tuple[str, str], ...]:
        """Each label with each of its values."""
        return tuple((name, value) for name, values in self.labels.items() for value in values)

    @cached_property
    def main(self) -> tuple[Container, ...]:
        return tuple(container for container in self.containers if container.role == "main")

    def container_around(self, pointer: Pointer) -> Container | None:
        """The container in which a pointer leads to something."""
        return self._by_pointer.get(pointer[: len(self.spec.pointer) + 2])

    @cached_property
    def _by_pointer(self) -> Mapping[Pointer, Container]:
        return {container.value.pointer: container for container in self.containers}

    @cached_property
    def by_port(self) -> Mapping[str, Container]:
        """The containers that declare a port, by its names and numbers; the first one counts."""
        found: dict[str, Container] = {}
        for container in self.containers:
            if container.runs_hooks:
                for item in container.value.get("ports").items():
                    for text in (item.get("name").text, item.get("containerPort").text):
                        if text is not None:
                            found.setdefault(text, container)
        return found

    @cached_property
    def takes_host_ports(self) -> bool:
        """Whether a port of the node is taken as long as the pod is there."""
        ports = (port for one in self.containers for port in one.value.get("ports").items())
        host_network = self.spec.get("hostNetwork").scalar is True  # gives every port a host port
        return any(host_network or port.get("hostPort").is_written for port in ports)

    @cached_property
    def probe_without_grace(self) -> tuple[Container, Probe] | None:
        """The first probe whose failure waits for the grace period, with its container."""
        found = ((one, probe) for one in self.containers for probe in one.probes_without_grace)
        return next(found, None)

    @cached_property
    def volumes(self) -> Mapping[str, Value]:
        return {item.get("name").text or "": item for item in self.spec.get("volumes").items()}

    @cached_property
    def is_partial(self) -> bool:
        """Whether what is not written here may be written elsewhere.

        This is so in a patch, and where an action of a template may write containers or hooks.
        """
        return self._is_patch or (
            self.spec.document.template is not None
            and any(
                value.is_unknown
                for listed in map(self.spec.get, ("containers", "initContainers"))
                for value in (listed, *listed.items(), *_lifecycles(listed))
            )
        )

    @cached_property
    def _is_patch(self) -> bool:
        if self.workload.is_patch:
            return True
        listed = self.spec.get("containers")
        containers = [item for item in listed.items() if item.is_mapping]
        if not containers:
            return not listed.is_unknown and not any(item.is_unknown for item in listed.items())
        return any(
            not item.get("image").is_written or is_set(item.get("$patch")) for item in containers
        )

    @cached_property
    def grace(self) -> Grace:
        written = whole(self.spec.get(GRACE_KEY))
        match written.spelling:
            case Spelling.ABSENT:
                return Grace(written, None if self._is_patch else DEFAULT_GRACE)
            case Spelling.UNKNOWN | Spelling.REJECTED:
                return Grace(written, None)
        number = written.number
        if number == DEFAULT_GRACE and self.workload.metadata.get("uid").is_written:
            from k8slint.kubernetes.live import is_filled_in

            return Grace(written, number, is_filled_in(written.value, self.workload.value))
        # A negative period acts as 1: CheckGracefulDelete in pkg/registry/core/pod/strategy.go.
        return Grace(written, 1 if number is not None and number < 0 else number)


class Workload:
    """An object that has pods."""

    def __init__(
        self,
        value: Value,
        kind: str,
        api_version: str,
        paths: tuple[str, ...],
        kustomized: Kustomized = AS_WRITTEN,
        config_maps: ConfigMapFinder | None = None,
    ) -> None:
        self.value = value
        self.kind = kind
        self.api_version = api_version
        self.paths = paths
        self.kustomized = kustomized
        self._find_config_maps = config_maps
        self._config_maps: dict[str, Sequence[ConfigMap]] = {}

    @cached_property
    def metadata(self) -> Value:
        return self.value.get("metadata")

    @cached_property
    def name(self) -> str:
        return self.metadata.get("name").text or self.metadata.get("generateName").text or ""

    @cached_property
    def namespace(self) -> str:
        return self.value.at("metadata", "namespace").text or ""

    @cached_property
    def where(self) -> FilePlace:
        """The file it is in."""
        return where_is(self.value.document.source.name)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces it may be in: kustomizations replace the written one; "" for none."""
        return self.kustomized.namespaces or (self.namespace,)

    @cached_property
    def replicas(self) -> tuple[int, ...]:
        """How many pods it asks for, by kustomizations more than one answer; none if not known."""
        counts = {count for name, count in self.kustomized.replicas if name == self.name}
        if counts:
            return tuple(sorted(counts))
        written = whole(self.value.at("spec", "replicas"))
        if written.spelling is Spelling.ABSENT:
            return (1,) if self.kind in REPLICATED and not self.is_patch else ()
        return () if written.number is None else (written.number,)

    @property
    def may_mean_config_maps(self) -> bool:
        return bool(self._find_config_maps or self.kustomized.config_maps)

    def config_maps(self, name: str) -> Sequence[ConfigMap]:
        """The ConfigMaps of the run that its pods may mean by a name."""
        if name not in self._config_maps:
            found = [*self._find_config_maps(self, name)] if self._find_config_maps else []
            generated = [one for one in self.kustomized.config_maps if one.name == name]
            if generated:
                # Few kustomizations generate what a pod runs.
                from k8slint.kubernetes.generated import read_generated

                found += map(read_generated, generated)
            self._config_maps[name] = found
        return self._config_maps[name]

    @property
    def is_patch(self) -> bool:
        """Whether it is only a part of an object, to be merged into another manifest."""
        return self.kustomized.is_patch or is_set(self.value.get("$patch"))

    @property
    def is_built_in(self) -> bool:
        return is_built_in(self.kind, self.api_version)

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        specs = (spec for path in self.paths for spec in follow(self.value, path))
        return tuple(Pod(self, spec) for spec in specs if spec.is_mapping)

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}" if place else self.kind


def workloads(
    document: Document,
    kinds: Kinds,
    kustomized: Kustomized = AS_WRITTEN,
    config_maps: ConfigMapFinder | None = None,
) -> Iterator[Workload]:
    """The workloads of a document, those inside lists too.

    `config_maps` finds the ConfigMaps that a workload means by a name.
    """
    yield from _workloads(root(document), kinds, kustomized, config_maps)


def _workloads(
    value: Value, kinds: Kinds, kustomized: Kustomized, config_maps: ConfigMapFinder | None
) -> Iterator[Workload]:
    kind = value.get("kind").text or ""
    api_version = value.get("apiVersion")
    if kind in CONTAINERS_OF_OBJECTS or kind.endswith("List"):
        for item in value.get(CONTAINERS_OF_OBJECTS.get(kind, "items")).items():
            yield from _workloads(item, kinds, kustomized, config_maps)
        return
    version = "" if api_version.is_unknown else api_version.text or ""
    paths = OF_ANY_KIND if value.get("kind").is_unknown else kinds.pod_specs(kind, version)
    if paths:
        yield Workload(value, kind, version, paths, kustomized, config_maps)


def _lifecycles(containers: Value) -> Iterator[Value]:
    for item in containers.items():
        lifecycle = item.get("lifecycle")
        yield from (lifecycle, *map(lifecycle.get, HOOKS))
