"""How far the parts of a file were read, where that is not simply all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from k8slint.coverage import Extent, Portion, PortionKind, Reason
from k8slint.kubernetes.gitops import GITOPS_GROUPS, K3S_CHART, is_helmfile
from k8slint.kubernetes.kinds import block_name
from k8slint.lint.result import LintResult
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import YamlError, documents
from k8slint.manifest.values import Value, root

_GROUP = r"(?m)^apiVersion:[ \t]{0,20}[\"']?([\w.-]{1,100})/"
_KIND = r"(?m)^kind:[ \t]{0,20}[\"']?(\w{1,100})"
# Many HelmReleases give their name an anchor, to repeat it in their values.
_ANCHOR = r"(\n +name: )&\S{1,100} +(?=[\"'\w])"


def portions_of(examined: LintResult) -> Iterator[Portion]:
    """Yield the GitOps objects in a file, and what was read of its workloads if that is not all.

    A GitOps object is read in part where a pod in its values was looked at.
    """
    own = examined.workloads - sum(examined.in_values.values())
    if examined.is_broken and not examined.skipped:
        yield _broken(own)
    elif own and examined.in_values:
        yield Portion(PortionKind.WORKLOADS, Extent.READ)
    if not examined.delivers:
        return
    found = [*_gitops(examined)]
    yield from found
    if examined.in_values and not found:
        why = "values of a chart that is not rendered"
        yield Portion(PortionKind.WORKLOADS, Extent.IN_PART, Reason.UNRENDERED, detail=why)


def join_portions(
    found: Iterable[Portion], workloads: int, *, is_skipped: bool
) -> tuple[Portion, ...]:
    """Return what the parts of a long file with so many workloads say of it as a whole."""
    every = tuple(found)
    objects = [one for one in every if one.kind is PortionKind.GITOPS]
    scripts = [one for one in every if one.kind is PortionKind.SCRIPT]
    own = [one for one in every if one.kind is PortionKind.WORKLOADS]
    values = [one for one in own if one.reason is Reason.UNRENDERED]
    head: tuple[Portion, ...] = ()
    if any(one.reason is Reason.NOT_YAML for one in every):
        head = () if is_skipped else (_broken(workloads),)
    elif workloads and any(one.extent is Extent.IN_PART for one in (*objects, *values)):
        head = (Portion(PortionKind.WORKLOADS, Extent.READ),)
    return (*head, *(objects or values[:1]), *dict.fromkeys(scripts))


def _broken(workloads: int) -> Portion:
    extent = Extent.IN_PART if workloads else Extent.NOT_READ
    return Portion(PortionKind.WORKLOADS, extent, Reason.NOT_YAML)


def _gitops(examined: LintResult) -> Iterator[Portion]:
    source = examined.source
    if is_helmfile(source.text, source.name):
        extent = Extent.IN_PART if examined.in_values else Extent.NOT_READ
        is_template = "{{" in source.text
        reason = Reason.VALUES_UNKNOWN if is_template else Reason.UNRENDERED
        yield Portion(PortionKind.GITOPS, extent, reason, "helmfile", 1)
        return
    for chunk in examined.deliveries:
        if any(
            group in chunk.text and kind in chunk.text for kind, group in GITOPS_GROUPS.items()
        ):
            extent = Extent.IN_PART if chunk.start in examined.in_values else Extent.NOT_READ
            for name, line in _in_chunk(source, chunk):
                # Its chart is in a registry, or packed in the object.
                is_remote = name.startswith(f"{K3S_CHART} ") or name == K3S_CHART
                reason = Reason.REMOTE if is_remote else Reason.UNRENDERED
                yield Portion(PortionKind.GITOPS, extent, reason, name, line)


def _in_chunk(source: Source, chunk: Chunk) -> Iterator[tuple[str, int]]:
    """Yield kind and name of the GitOps objects in a part of a source, each with its line."""
    text = chunk.text
    kind, group = re.search(_KIND, text), re.search(_GROUP, text)
    if kind and group and not kind[1].endswith("List"):
        if GITOPS_GROUPS.get(kind[1]) == group[1]:
            line, _ = source.position(chunk.start + kind.start())
            plain = re.sub(_ANCHOR, r"\1", text) if "&" in text else text
            yield " ".join(block_name(plain) or (kind[1], *_names(source, chunk))), line
        return
    for top in _roots(source, chunk):
        for one in (top, *top.get("items").items()):
            yield from _as_object(source, one)


def _names(source: Source, chunk: Chunk) -> Iterator[str]:
    """Yield the name of an object that is not written in block style."""
    for top in _roots(source, chunk)[:1]:
        if name := top.at("metadata", "name").text:
            yield name


def _roots(source: Source, chunk: Chunk) -> list[Value]:
    """Return the objects in a part of a source; none where it is not YAML."""
    try:
        return [root(one) for one in documents(source, chunk)]
    except (YamlError, RecursionError):
        return []


def _as_object(source: Source, value: Value) -> Iterator[tuple[str, int]]:
    group = (value.get("apiVersion").text or "").partition("/")[0]
    kind = value.get("kind").text or ""
    if GITOPS_GROUPS.get(kind, "") == group != "":
        name = value.at("metadata", "name").text or ""
        line, _ = source.position(value.get("kind").mark[0])
        yield f"{kind} {name}".rstrip(), line
