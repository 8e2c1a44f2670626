"""Objects as a cluster returns them: who made each, and who wrote what is in it.

Sources: `OwnerReference` and `ManagedFieldsEntry` in k8s.io/apimachinery v0.37.2
pkg/apis/meta/v1/types.go; the keys of FieldsV1 in sigs.k8s.io/structured-merge-diff/v6
v6.4.2 fieldpath/serialize-pe.go and serialize.go: `f:` a field, `k:` an item by its keys, `v:` one
by its value, `i:` one by its number, `.` the thing itself (read on 2026-11-30).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice

from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.lazy import cached_property
from k8slint.manifest.values import Value
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.type_names import Any

# Whose pods a controller makes that is made itself, and how it names that.
_MADE_BY = {"ReplicaSet": ("Deployment", "Rollout"), "Job": ("CronJob",)}
# A pod of the kubelet's own has its node for an owner, and it has many such.
_NODE = "Node"
# Labels by which a controller tells one template of its pods from another.
_REVISIONS = ("controller-revision-hash", "pod-template-hash", "rollouts-pod-template-hash")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_APPLY = "Apply"
# The API server joins older updates beyond ten, and keeps all who apply: DefaultMaxUpdateManagers
# in k8s.io/apimachinery v0.37.2 pkg/util/managedfields/internal/fieldmanager.go.
_MOST_MANAGERS = 100
_DEEPEST = 40
# Sets of keys by which one list finds its items.
_MOST_KEYS = 10


class Maker(NamedTuple):
    """The object that made another one and keeps it as it is."""

    uid: str
    kind: str
    name: str


class LiveObject(NamedTuple):
    """A workload of a cluster; `shape` is the same for pods that are made from one template."""

    uid: str
    kind: str
    namespace: str
    name: str
    controller: Maker | None = None
    shape: tuple[str, ...] = ()
    is_old: bool = False


def is_live(top: Value) -> bool:
    """Whether a cluster returned an object, and nobody wrote it as it is."""
    metadata = top.get("metadata")
    return metadata.get("uid").is_written and metadata.get(RESOURCE_VERSION).is_written


def live_object(top: Value) -> LiveObject | None:
    """Return who made a workload of a cluster; None for one from a manifest."""
    if not is_live(top):
        return None
    kind, metadata = top.text_of("kind"), top.get("metadata")
    controller = _controller(metadata)
    uid, namespace, name = (metadata.text_of(key) for key in ("uid", "namespace", "name"))
    replicas = top.at("spec", "replicas").scalar
    return LiveObject(
        uid,
        kind,
        namespace,
        name,
        controller,
        _shape(top) if kind == "Pod" and controller else (),
        # A Deployment keeps those of its former templates.
        is_old=kind == "ReplicaSet" and controller is not None and replicas == 0,
    )


class Owners:
    """The workloads of a cluster that a run sees."""

    def __init__(self, objects: Iterable[LiveObject] = ()) -> None:
        self.objects = tuple(objects)

    def stands_for(self, top: Value) -> int:
        """Return for how many pods or objects of a run a workload is judged.

        That is 0 for what is judged at its owner, or at the first of several pods of one owner.
        """
        if not self.objects or (found := live_object(top)) is None:
            return 1
        if found.is_old or self._has_owner(found):
            return 0
        if found.kind != "Pod" or found.controller is None:
            return 1
        group = _group(found)
        return self._counts[group] if self._first[group] == found.uid else 0

    def _has_owner(self, found: LiveObject) -> bool:
        """Whether what made an object is in the run, or what made that."""
        controller = found.controller
        if controller is None:
            return False
        if controller.uid in self._uids:
            return True
        above = controller.name.rpartition("-")[0]
        return any(
            (kind, found.namespace, above) in self._names
            for kind in _MADE_BY.get(controller.kind, ())
        )

    @cached_property
    def _uids(self) -> frozenset[str]:
        return frozenset(one.uid for one in self.objects)

    @cached_property
    def _names(self) -> frozenset[tuple[str, str, str]]:
        return frozenset((one.kind, one.namespace, one.name) for one in self.objects)

    @cached_property
    def _counts(self) -> Counter[tuple[str, ...]]:
        return Counter(_group(one) for one in self._pods)

    @cached_property
    def _first(self) -> dict[tuple[str, ...], str]:
        return {_group(one): one.uid for one in reversed(self._pods)}

    @cached_property
    def _pods(self) -> list[LiveObject]:
        pods = {one.uid: one for one in self.objects if one.kind == "Pod" and one.controller}
        return [*pods.values()]


def maker_of(top: Value) -> Maker | None:
    """Return what keeps a workload of a cluster as it is; None for what people write."""
    return _controller(top.get("metadata")) if is_live(top) else None


def writer_of(value: Value, top: Value) -> str:
    """Return who wrote a value of a live object last, by `managedFields`; empty where unknown."""
    if value.document is not top.document or value.node is None:
        return ""
    way = _way(value, top)
    owners = ((one.time, one.manager) for one in _managers(top) if one.fields.have(way))
    return clipped(max(owners, default=("", ""))[1], LONGEST_NAME)


def is_filled_in(value: Value, top: Value) -> bool:
    """Whether the API server may have written a value, as nobody is known to have.

    Whoever creates or replaces an object is named for all that is in it, what the server filled
    in too; only who applies it on the server's side is named for what they wrote.
    """
    way = _way(value, top)
    if not is_live(top) or _is_applied(top, way):
        return False
    return not any(one.applies and one.fields.have(way) for one in _managers(top))


def _controller(metadata: Value) -> Maker | None:
    for item in metadata.get("ownerReferences").items():
        if item.get("controller").scalar is True:
            texts = (item.text_of(key) for key in ("uid", "kind", "name"))
            return Maker(*texts)
    return None


def _shape(top: Value) -> tuple[str, ...]:
    labels = top.at("metadata", "labels")
    revisions = (labels.text_of(name) for name in _REVISIONS)
    containers = [
        f"{one.text_of('name')} {one.text_of('image')}"
        for name in ("initContainers", "containers")
        for one in top.at("spec", name).items()
    ]
    return (*revisions, *containers)


def _group(pod: LiveObject) -> tuple[str, ...]:
    assert pod.controller
    own = pod.uid if pod.controller.kind == _NODE else ""
    return (pod.controller.uid, own, *pod.shape)


class _Fields(NamedTuple):
    """Fields that somebody manages; the items of lists are found by the values of their keys.

    Where there are none below, what they are in is managed as a whole.
    """

    fields: dict[str, _Fields]
    items: dict[tuple[str, ...], dict[tuple[object, ...], _Fields]]

    def have(self, way: Sequence[Value]) -> bool:
        """Whether a value is managed: it, or something whole that it is in."""
        here = self
        for value in way:
            part = value.pointer[-1]
            below = here.fields.get(part) if isinstance(part, str) else here._item(value)
            if below is None:
                return False
            here = below
            if not (here.fields or here.items):
                return True
        return True

    def _item(self, item: Value) -> _Fields | None:
        found = (
            by_values.get(tuple(item.get(name).scalar for name in names))
            for names, by_values in self.items.items()
        )
        return next(filter(None, found), None)


class _Manager(NamedTuple):
    """An entry of `managedFields`."""

    manager: str
    time: str
    applies: bool
    fields: _Fields


@lru_cache(maxsize=1)
def _managers(top: Value) -> tuple[_Manager, ...]:
    entries = islice(top.at("metadata", "managedFields").items(), _MOST_MANAGERS)
    return tuple(
        _Manager(
            entry.text_of("manager"),
            entry.text_of("time"),
            entry.text_of("operation") == _APPLY,
            _read_fields(entry.get("fieldsV1"), _DEEPEST),
        )
        for entry in entries
        if entry.get("fieldsV1").is_mapping
    )


def _read_fields(value: Value, depth: int) -> _Fields:
    found = _Fields({}, {})
    for name, below in value.entries() if depth else ():
        if name.startswith("f:"):
            found.fields[name[2:]] = _read_fields(below, depth - 1)
        elif name.startswith("k:") and isinstance(keys := _parsed(name[2:]), dict):
            names = tuple(map(str, keys))
            values = tuple(one for one in keys.values() if not isinstance(one, (dict, list)))
            if names in found.items or len(found.items) < _MOST_KEYS:
                by_values = found.items.setdefault(names, {})
                by_values[values] = _read_fields(below, depth - 1)
        elif name != ".":  # Something below, of which nothing is known.
            found.items.setdefault(("",), {})
    return found


def _way(value: Value, top: Value) -> list[Value]:
    """Return the values that lead from an object to one in it."""
    way = []
    here: Value | None = value
    while here is not None and len(here.pointer) > len(top.pointer):
        way.append(here)
        here = here.parent
    return way[::-1]


def _is_applied(top: Value, way: Sequence[Value]) -> bool:
    """Whether `kubectl apply` noted a key among what it was given."""
    text = top.at("metadata", "annotations", _LAST_APPLIED).text or ""
    found: Any = _parsed(text) if text else None
    for value in way:
        part = value.pointer[-1]
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return found is not None


def _parsed(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
