"""Argo CD: the charts of Applications, with the values that its repo-server merges.

Rules: argoproj/argo-cd 37ee009 (2026-08-22) reposerver/repository/repository.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from k8slint.coverage import Reason
from k8slint.kubernetes.gitops import APPLICATION, APPLICATION_SET
from k8slint.kubernetes.given_values import argo_sources
from k8slint.manifest.values import Value
from k8slint.render.charts.helm import CHART
from k8slint.render.charts.release import Release
from k8slint.render.charts.values import WrittenValues
from k8slint.render.gitops.adjusted import AdjustedOverlay, gather
from k8slint.render.gitops.checkout import Checkout, Delivered, PassedOver
from k8slint.render.gitops.words import fill_words
from k8slint.render.overlays.parts import kustomization_in

# `$name/path`: a file of the source with that `ref`; `$ARGOCD_APP_NAME`: a variable of Argo CD.
_REF = re.compile(r"\$([\w-]{1,200})/(.{1,4000})", re.DOTALL)
_GLOB = re.compile(r"[*?\[]")


def releases_of(
    one: Delivered, checkout: Checkout, words: Mapping[str, str] | None = None
) -> Iterator[Release | AdjustedOverlay | PassedOver | None]:
    """Yield what each source of an Application has rendered, or why it is not.

    None is for a folder of this repository without a chart: its files are read anyway. `words`
    are those of an ApplicationSet's template with what takes their place.
    """
    sources = [*argo_sources(one.value)]
    words = words or {}
    refs = {source.get("ref").text or "": source for source in sources}
    for number, source in enumerate(sources):
        if not (source.get("path").is_written or source.get("chart").is_written):
            continue  # It is only there for its values files.
        try:
            release = _source(one, source, refs, checkout, words)
        except PassedOver as reason:
            yield reason
        else:
            if release and number:
                release = replace(release, name=f"{release.name}, source {number + 1}")
            yield release


def _source(
    one: Delivered,
    source: Value,
    refs: Mapping[str, Value],
    checkout: Checkout,
    words: Mapping[str, str],
) -> Release | AdjustedOverlay | None:
    """Return what a source has built; None for files without options. Raises PassedOver."""
    keys = ("repoURL", "chart", "path", "targetRevision")
    url, chart, path, revision = (fill_words(source.get(key).text or "", words) for key in keys)
    if chart:
        folder = checkout.chart_named(chart, revision)
    elif not checkout.is_here(url):
        raise PassedOver(Reason.REMOTE, f"{url} is another repository")
    else:
        folder = checkout.folder(path)
        if not os.path.isfile(os.path.join(folder, CHART)):
            return _overlay(one, source.get("kustomize"), folder, checkout, words)
        folder = checkout.chart_at(path)
    return _release(one, source, folder, refs, checkout, words)


def _overlay(
    one: Delivered, options: Value, folder: str, checkout: Checkout, words: Mapping[str, str]
) -> AdjustedOverlay | None:
    if not options.is_mapping or not kustomization_in(folder):
        return None
    built = gather(one, folder, options, checkout, _replace_words(one, options, words))
    name = fill_words(_made(one.value).at("metadata", "name").text or "", words)
    return replace(built, name=f"{APPLICATION} {name} in {checkout.files.name(one.file)}")


def _release(
    one: Delivered,
    source: Value,
    folder: str,
    refs: Mapping[str, Value],
    checkout: Checkout,
    words: Mapping[str, str],
) -> Release:
    """Return what a chart is rendered with. Raises PassedOver."""

    def text(value: Value) -> str:
        return fill_words(value.text or "", words)

    helm = source.get("helm")
    if helm.get("fileParameters").is_written:
        raise PassedOver(Reason.VALUES_UNKNOWN, "fileParameters are not read")
    paths = [text(item) for item in helm.get("valueFiles").items()]
    given = [WrittenValues(file) for file in _value_files(paths, folder, helm, refs, checkout)]
    whole = helm.get("valuesObject")
    values = whole if whole.is_written else helm.get("values")
    if values.is_written:
        place = WrittenValues(one.file, one.document, values.pointer)
        given.append(place._replace(replaced=_replace_words(one, values, words)))
    sets: list[str] = []
    strings: list[str] = []
    for item in helm.get("parameters").items():
        word = f"{text(item.get('name'))}={_escape(text(item.get('value')))}"
        (strings if item.get("forceString").scalar is True else sets).append(word)
    name = text(_made(one.value).at("metadata", "name"))
    return Release(
        f"{APPLICATION} {name} in {checkout.files.name(one.file)}",
        folder,
        checkout.root,
        sets=tuple(sets),
        owner=one.file,
        kind=one.kind,
        object_name=one.name,
        line=one.line,
        release=text(helm.get("releaseName")) or name,
        namespace=text(_made(one.value).at("spec", "destination", "namespace")),
        given=tuple(given),
        strings=tuple(strings),
    )


def _made(value: Value) -> Value:
    """Return an Application, or the template of an ApplicationSet for one."""
    is_set = value.get("kind").text == APPLICATION_SET
    return value.at("spec", "template") if is_set else value


def _replace_words(
    one: Delivered, value: Value, words: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the words of a part of a template. Raises PassedOver for an unknown one."""
    if one.kind != APPLICATION_SET or value.node is None:
        return ()
    start, end = value.node.start_mark.index, value.node.end_mark.index
    fill_words(value.document.text[start:end], words)
    return tuple(sorted(words.items()))


def _value_files(
    paths: Sequence[str], folder: str, helm: Value, refs: Mapping[str, Value], checkout: Checkout
) -> list[str]:
    """Return the real paths of values files, each once. Raises PassedOver.

    A file that is also named stands where it is named, not where a pattern finds it.
    """
    found: list[tuple[str, bool]] = []
    for path in paths:
        within, below = _locate(path, folder, refs, checkout)
        is_pattern = _GLOB.search(below) is not None
        try:
            files = checkout.matching(below, within) if is_pattern else []
            if not files:
                files = [checkout.file(below, within)]
        except PassedOver as reason:
            is_missing = reason.reason is Reason.VALUES_MISSING
            if not is_missing or helm.get("ignoreMissingValueFiles").scalar is not True:
                raise
        else:
            found += [(file, is_pattern) for file in files]
    named = {file for file, is_pattern in found if not is_pattern}
    kept = (file for file, is_pattern in found if not (is_pattern and file in named))
    return [*dict.fromkeys(kept)]


def _locate(
    path: str, folder: str, refs: Mapping[str, Value], checkout: Checkout
) -> tuple[str, str]:
    """Return the folder that a path of a values file is from, and the path. Raises PassedOver."""
    if match := _REF.fullmatch(path):
        source = refs.get(match[1])
        if source is None or not checkout.is_here(source.get("repoURL").text or ""):
            raise PassedOver(Reason.VALUES_MISSING, f"{path} is in another repository")
        folder, path = "", match[2]
    if "$" in path:
        raise PassedOver(Reason.VALUES_UNKNOWN, f"{path} has a variable")
    return folder, path


def _escape(value: str) -> str:
    """Return the value of a parameter as Argo CD passes it (util/helm/cmd.go)."""
    is_list = value.startswith("{") and value.endswith("}")
    return value if is_list else re.sub(r"(?<!\\),", r"\\,", value)
