"""Read the objects of a cluster that a check is about, as one text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8slint.errors import UsageError
from k8slint.kubernetes.facts import FACTS
from k8slint.kubernetes.kinds import Kinds
from k8slint.measure.kubectl import Kubectl, KubectlFailed
from k8slint.measure.within import as_manifest, items_within, name_within, within
from k8slint.outside.files import MANIFEST_LIMIT
from k8slint.records import NamedTuple

_PAGE = 500
# What others make comes after what makes it, whatever group that is of.
_MADE = ("Job", "ReplicaSet", "Pod")


class ApiResource(NamedTuple):
    """A kind that an API server has, and the path of its objects."""

    kind: str
    version: str
    plural: str
    is_namespaced: bool

    def path(self, namespace: str) -> str:
        """Return the path of the objects of one namespace, or of all where that is empty."""
        root = f"/apis/{self.version}" if "/" in self.version else f"/api/{self.version}"
        within_one = f"/namespaces/{namespace}" if namespace and self.is_namespaced else ""
        return f"{root}{within_one}/{self.plural}"


class LiveText(NamedTuple):
    """Objects as JSON documents, and in words what of a cluster is not among them."""

    data: bytes
    unread: tuple[str, ...]


class _Unread:
    """What could not be read, and why."""

    def __init__(self) -> None:
        self._forbidden: list[str] = []
        self._others: list[str] = []

    def add(self, what: str, error: KubectlFailed) -> None:
        if error.is_forbidden:
            self._forbidden.append(what)
        else:
            self._others.append(f"{what} cannot be read: {error}")

    def in_words(self) -> tuple[str, ...]:
        forbidden = ", ".join(sorted(self._forbidden))
        said = [f"This user may not list {forbidden}: what they say is unknown."]
        return (*(said if forbidden else ()), *self._others)


def read_live_objects(kubectl: Kubectl, namespace: str, kinds: Kinds) -> LiveText:
    """Read workloads, and what rules look at beside them, of one namespace or of all.

    What is made by another object that is read is left out: nothing would be said about it.
    Raises UsageError where nothing can be read, or there is too much.
    """
    seen: set[str] = set()
    parts: list[str] = []
    unread = _Unread()
    size = has_read = 0
    for resource in _resources(kubectl, kinds, unread):
        try:
            for found in _objects(kubectl, resource, namespace):
                seen.add(name_within(found, "metadata", "uid"))
                if _maker(found) in seen:
                    continue
                parts.append(f"---\n{as_manifest(found, 2)}\n")
                size += len(parts[-1])
                if size > MANIFEST_LIMIT:
                    most = MANIFEST_LIMIT // 1_000_000
                    raise UsageError(f"--live: more than {most} MB of objects: name a namespace")
            has_read += 1
        except KubectlFailed as error:
            if not error.is_missing:
                unread.add(resource.plural, error)
    if not has_read:
        raise UsageError(" ".join(unread.in_words()[:1]) or "The API server has nothing to read")
    return LiveText("".join(parts).encode(), unread.in_words())


def _resources(kubectl: Kubectl, kinds: Kinds, unread: _Unread) -> list[ApiResource]:
    """Return what the API server has of the kinds that matter, makers first."""
    groups = kinds.groups.union(group for group, _ in FACTS.kinds)
    found = [
        one
        for version in ("v1", *_versions(kubectl, groups, unread))
        for one in _resources_of(kubectl, version, unread)
        if kinds.pod_specs(one.kind, one.version) or FACTS.reads(one.kind, one.version)
    ]
    return sorted(found, key=lambda one: _MADE.index(one.kind) if one.kind in _MADE else -1)


def _versions(kubectl: Kubectl, groups: frozenset[str], unread: _Unread) -> Iterator[str]:
    """Yield the version that the API server prefers of each group that matters."""
    try:
        every = items_within(kubectl.get("/apis"), "groups")
    except KubectlFailed as error:
        unread.add("API groups", error)
        return
    for group in every:
        version = name_within(group, "preferredVersion", "groupVersion")
        if version and ("*" in groups or name_within(group, "name") in groups):
            yield version


def _resources_of(kubectl: Kubectl, version: str, unread: _Unread) -> Iterator[ApiResource]:
    root = "/apis" if "/" in version else "/api"
    try:
        found = items_within(kubectl.get(f"{root}/{version}"), "resources")
    except KubectlFailed as error:
        unread.add(version, error)
        return
    for one in found:
        plural = name_within(one, "name")
        if "/" not in plural and "list" in items_within(one, "verbs"):
            is_namespaced = within(one, "namespaced") is True
            yield ApiResource(name_within(one, "kind"), version, plural, is_namespaced)


def _objects(kubectl: Kubectl, resource: ApiResource, namespace: str) -> Iterator[dict[str, Any]]:
    """Yield all objects of a kind without their status; a list does not say what each is."""
    more: dict[str, str | int] = {}
    while True:
        page = kubectl.get(resource.path(namespace), limit=_PAGE, **more)
        for item in items_within(page, "items"):
            if isinstance(item, dict):
                kind = {"apiVersion": resource.version, "kind": resource.kind}
                yield kind | {key: part for key, part in item.items() if key != "status"}
        token = within(page, "metadata", "continue")
        if not token:
            return
        more = {"continue": token}


def _maker(found: Any) -> str:
    """Return the uid of what keeps an object as it is; empty where nothing does."""
    for one in items_within(found, "metadata", "ownerReferences"):
        if within(one, "controller") is True:
            return name_within(one, "uid")
    return ""
