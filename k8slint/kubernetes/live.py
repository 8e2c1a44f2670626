"""Objects as a cluster returns them: who made each, and who wrote what is in it.

Sources: `OwnerReference` and `ManagedFieldsEntry` in k8s.io/apimachinery v0.37.2
pkg/apis/meta/v1/types.go; the keys of FieldsV1 in sigs.k8s.io/structured-merge-diff/v6
fieldpath/serialize-pe.go: `f:` a field, `k:` an item by its keys, `.` the thing itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.manifest.values import Pointer, Value
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple

# Whose pods a controller makes that is made itself, and how it names that.
_MADE_BY = {"ReplicaSet": ("Deployment", "Rollout"), "Job": ("CronJob",)}
# A pod of the kubelet's own has its node for an owner, and it has many such.
_NODE = "Node"
# Labels by which a controller tells one template of its pods from another.
_REVISIONS = ("controller-revision-hash", "pod-template-hash", "rollouts-pod-template-hash")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_APPLY = "Apply"


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
    kind, metadata = top.get("kind").text or "", top.get("metadata")
    controller = _controller(metadata)
    uid, namespace, name = (metadata.get(key).text or "" for key in ("uid", "namespace", "name"))
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
    pointer, latest = value.pointer[len(top.pointer) :], ("", "")
    for entry in top.at("metadata", "managedFields").items():
        if _is_owned(entry.get("fieldsV1"), top, pointer):
            latest = max(latest, (entry.get("time").text or "", entry.get("manager").text or ""))
    return clipped(latest[1], LONGEST_NAME)


def is_filled_in(value: Value, top: Value) -> bool:
    """Whether the API server may have written a value, as nobody is known to have.

    Whoever creates or replaces an object is named for all that is in it, what the server filled
    in too; only who applies it on the server's side is named for what they wrote.
    """
    pointer = value.pointer[len(top.pointer) :]
    if not is_live(top) or _is_applied(top, pointer):
        return False
    return not any(
        entry.get("operation").text == _APPLY and _is_owned(entry.get("fieldsV1"), top, pointer)
        for entry in top.at("metadata", "managedFields").items()
    )


def _controller(metadata: Value) -> Maker | None:
    for item in metadata.get("ownerReferences").items():
        if item.get("controller").scalar is True:
            texts = (item.get(key).text or "" for key in ("uid", "kind", "name"))
            return Maker(*texts)
    return None


def _shape(top: Value) -> tuple[str, ...]:
    labels = top.at("metadata", "labels")
    revisions = (labels.get(name).text or "" for name in _REVISIONS)
    containers = [
        f"{one.get('name').text} {one.get('image').text}"
        for name in ("initContainers", "containers")
        for one in top.at("spec", name).items()
    ]
    return (*revisions, *containers)


def _group(pod: LiveObject) -> tuple[str, ...]:
    assert pod.controller
    own = pod.uid if pod.controller.kind == _NODE else ""
    return (pod.controller.uid, own, *pod.shape)


def _is_owned(fields: Value, value: Value, pointer: Pointer) -> bool:
    """Whether a set of fields has the one at a pointer, or something whole around it."""
    if not fields.is_mapping:
        return False
    for part in pointer:
        below = _below(fields, value, part)
        if below is None:
            return False
        fields = below
        value = _child(value, part)
        if not any(name != "." for name, _ in fields.entries()):
            return True  # A list or a mapping that is written as a whole.
    return True


def _below(fields: Value, value: Value, part: str | int) -> Value | None:
    if isinstance(part, str):
        found = fields.get(f"f:{part}")
        return found if found.node is not None else None
    item = _child(value, part)
    for name, below in fields.entries():
        if name.startswith("k:") and _has_keys(item, name[2:]):
            return below
    return None


def _child(value: Value, part: str | int) -> Value:
    if isinstance(part, str):
        return value.get(part)
    return next(item for index, item in enumerate(value.items()) if index == part)


def _has_keys(item: Value, text: str) -> bool:
    keys = _parsed(text)
    return isinstance(keys, dict) and all(
        item.get(name).scalar == scalar for name, scalar in keys.items()
    )


def _is_applied(top: Value, pointer: Pointer) -> bool:
    """Whether `kubectl apply` noted a key among what it was given."""
    text = top.at("metadata", "annotations", _LAST_APPLIED).text or ""
    found: Any = _parsed(text) if text else None
    for part in pointer:
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return found is not None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
