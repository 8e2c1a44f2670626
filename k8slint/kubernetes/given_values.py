"""Values that GitOps objects and values files give to charts.

The objects are those of Flux, Argo CD, helmfile and Kustomize.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from k8slint.kubernetes.gitops import (
    APPLICATION_SET,
    CONFIG_MAP,
    GITOPS_GROUPS,
    KUSTOMIZE_CHARTS,
    is_values_file,
    names_of,
)
from k8slint.kubernetes.kinds import CONTAINERS_OF_OBJECTS, group_of
from k8slint.kubernetes.kustomization import NAMES
from k8slint.manifest.embedded import embedded
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.records import NamedTuple

# Keys on the way to a value that is set; nobody nests values that deep.
_DEEPEST = 100
# A key of a path as helm's `--set` and Flux's `targetPath` write it: `a.b[0].c`, with `\.` for a
# dot in a key.
_STEP = re.compile(r"((?:\\.|[^.\[\\]){1,300})((?:\[\d{1,4}\])*)(?:\.|\Z)")


class Overridden(NamedTuple):
    """Places in values that something else sets afterwards, and the places that these are in."""

    paths: frozenset[Pointer] = frozenset()
    around: frozenset[Pointer] = frozenset()

    def touches(self, pointer: Pointer) -> bool:
        """Whether something else may set the value under a pointer, or a part of it."""
        above = (pointer[:size] for size in range(len(pointer) + 1))
        return pointer in self.around or not self.paths.isdisjoint(above)


_NOTHING_SET = Overridden()


class GivenValues(NamedTuple):
    """Values that something gives to a chart: a mapping.

    `owner` is the object that gives them, or the mapping itself for a file of nothing else.
    """

    owner: Value
    values: Value
    overridden: Overridden = _NOTHING_SET


def values_given(document: Document, name: str) -> Iterator[GivenValues]:
    """Yield the values that a document of a file gives to charts."""
    top = root(document)
    _, base = names_of(name)
    kind = top.get("kind")
    if kind.text and not kind.is_unknown and base not in NAMES:
        for one in objects_in(top):
            yield from _of_object(one)
    elif base in NAMES:
        for key, inline in KUSTOMIZE_CHARTS.items():
            for item in top.get(key).items():
                yield from _mappings(top, [item.get(inline)])
        yield from _of_object(top)
    elif is_values_file(base):
        yield from _mappings(top, [top])
    else:
        for release in top.get("releases").items():
            overridden = _set_by(release, ("set",), "name")
            yield from _mappings(release, release.get("values").items(), overridden)


def objects_in(top: Value) -> Iterator[Value]:
    """Yield the objects of a document: itself, or the items of a list."""
    kind = top.get("kind").text or ""
    if kind in CONTAINERS_OF_OBJECTS or kind.endswith("List"):
        yield from top.get(CONTAINERS_OF_OBJECTS.get(kind, "items")).items()
    else:
        yield top


def gitops_kind(value: Value) -> str:
    """Return the kind of a GitOps object; empty for anything else."""
    kind = value.get("kind").text or ""
    is_one = group_of(value.get("apiVersion").text or "") == GITOPS_GROUPS.get(kind)
    return kind if is_one else ""


def argo_sources(application: Value) -> Iterator[Value]:
    """Yield the sources of an Application, or of the template of an ApplicationSet."""
    spec = application.get("spec")
    if application.get("kind").text == APPLICATION_SET:
        spec = spec.at("template", "spec")
    sources = [*spec.get("sources").items()]
    if sources:  # They take the place of `source`.
        yield from sources
    elif spec.get("source").is_mapping:
        yield spec.get("source")


def mapping_in(value: Value) -> Value | None:
    """Return a mapping, or that in the text of a scalar; None if there is none with places."""
    if value.is_mapping:
        return value
    inner = embedded(value) if value.text else None
    top = root(inner) if inner else None
    return top if top and top.is_mapping else None


def set_path(path: str) -> Pointer | None:
    """Return where `--set` writes, as a pointer; None for what is not such a path."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        found.append(re.sub(r"\\(.)", r"\1", match[1]))
        found += (int(number) for number in re.findall(r"\d+", match[2]))
        at = match.end()
    return tuple(found) or None


def _of_object(value: Value) -> Iterator[GivenValues]:
    match gitops_kind(value):
        case "HelmRelease":
            overridden = _set_by(value.get("spec"), ("valuesFrom",), "targetPath")
            yield from _mappings(value, [value.at("spec", "values")], overridden)
        case "Application" | "ApplicationSet":
            for source in argo_sources(value):
                helm = source.get("helm")
                overridden = _set_by(helm, ("parameters", "fileParameters"), "name")
                whole = helm.get("valuesObject")  # It takes the place of `values`.
                values = whole if whole.is_written else helm.get("values")
                yield from _mappings(value, [values], overridden)
        case "" if value.get("kind").text == CONFIG_MAP:
            texts = [one for key, one in value.get("data").entries() if is_values_file(key)]
            yield from _mappings(value, texts)


def _mappings(
    owner: Value, values: Iterable[Value], overridden: Overridden = _NOTHING_SET
) -> Iterator[GivenValues]:
    for value in values:
        if not value.is_unknown and (found := mapping_in(value)):
            yield GivenValues(owner, found, overridden)


def _set_by(holder: Value, lists: Iterable[str], key: str) -> Overridden:
    """Return the places that entries of lists set; all, for a path that is not understood.

    So it is for one that an action of a template writes.
    """
    items = [item for name in lists for item in holder.get(name).items()]
    names = [item.get(key) for item in items]
    if any(one.is_unknown for one in (*map(holder.get, lists), *items, *names)):
        return Overridden(frozenset({()}))
    written = (one.text for one in names)
    found = [set_path(path) or () for path in written if path]
    paths = frozenset(path if len(path) <= _DEEPEST else () for path in found)
    return Overridden(paths, frozenset(path[:size] for path in paths for size in range(len(path))))
