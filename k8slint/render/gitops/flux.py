"""Flux: the chart of a HelmRelease with its values, and what a Kustomization builds.

Rules: fluxcd/pkg e2cfd1a (2026-07-22) chartutil/values.go, kustomize/kustomize_generator.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from k8slint.coverage import Reason
from k8slint.kubernetes.gitops import CONFIG_MAP
from k8slint.kubernetes.given_values import set_path
from k8slint.manifest.values import Value
from k8slint.render.charts.release import Release
from k8slint.render.charts.values import WrittenValues
from k8slint.render.gitops.adjusted import AdjustedOverlay, gather
from k8slint.render.gitops.checkout import Checkout, Delivered, PassedOver
from k8slint.render.gitops.post_rendered import PatchedRelease
from k8slint.render.gitops.substitution import Variables

_OPTIONS = ("patches", "components", "images", "targetNamespace", "namePrefix", "nameSuffix")
_POST_RENDERERS = frozenset({"patches", "images"})
# What patches write that change how a pod ends.
_OF_PODS = re.compile(
    r"terminationGracePeriodSeconds|lifecycle|preStop|[cC]ontainers|spec/template"
)
_IN_GIT = ("GitRepository", "Bucket")
# The repository that `flux bootstrap` makes of the one it writes to.
_BOOTSTRAPPED = "flux-system"


def release_of(one: Delivered, checkout: Checkout) -> Release:
    """Return what a HelmRelease has rendered. Raises PassedOver."""
    spec = one.value.get("spec")
    renderers = tuple(_post_renderers(one, spec))
    folder, chart_spec = _chart(one, spec, checkout)
    files = [item.text or "" for item in chart_spec.get("valuesFiles").items()]
    if not files and (single := chart_spec.get("valuesFile").text):
        files = [single]
    is_in_git = chart_spec.at("sourceRef", "kind").text in _IN_GIT
    beside = "" if is_in_git else folder
    given = [WrittenValues(checkout.file(path, beside)) for path in files]
    for entry in spec.get("valuesFrom").items():
        given += _from(entry, one, checkout)
    if spec.get("values").is_written:
        given.append(one.written("spec", "values"))
    own = os.path.join(folder, "values.yaml")
    return PatchedRelease(
        f"{one.title} in {checkout.files.name(one.file)}",
        folder,
        checkout.root,
        owner=one.file,
        kind=one.kind,
        object_name=one.name,
        line=one.line,
        release=spec.get("releaseName").text or one.name,
        namespace=spec.get("targetNamespace").text or one.namespace,
        given=tuple(given),
        hides_defaults=bool(files) and own not in {written.file for written in given},
        renderers=renderers,
    )


def kustomization_of(one: Delivered, checkout: Checkout) -> AdjustedOverlay | None:
    """Return what a Kustomization builds.

    None if it adds nothing to a folder, whose files or kustomization are looked at anyway. Raises
    PassedOver.
    """
    spec = one.value.get("spec")
    _refuse_elsewhere(spec.get("sourceRef"), one, checkout)
    folder = checkout.folder(spec.get("path").text or ".")
    has_options = any(spec.get(key).is_written for key in _OPTIONS)
    if not has_options and not spec.get("postBuild").is_written:
        return None
    built = gather(one, folder, spec, checkout)
    build = spec.get("postBuild")
    written, has_unknown = _variables(build, one, checkout)
    return replace(
        built,
        name=f"{one.title} in {checkout.files.name(one.file)}",
        variables=Variables(dict.fromkeys(written, ""), has_unknown),
        written=tuple(written.items()),
    )


def _variables(
    build: Value, one: Delivered, checkout: Checkout
) -> tuple[dict[str, WrittenValues], bool]:
    """Return where the variables of a Kustomization are written, and whether some are unknown."""
    found: dict[str, WrittenValues] = {}
    has_unknown = False
    for entry in build.get("substituteFrom").items():
        name = entry.get("name").text or ""
        source = checkout.find(entry.get("kind").text or "", name, one.namespace)
        if source is None or source.kind != CONFIG_MAP:
            has_unknown = True
            continue
        for key, _ in source.value.get("data").entries():
            found[key] = source.written("data", key)
    for key, _ in build.get("substitute").entries():
        found[key] = one.written("spec", "postBuild", "substitute", key)
    return found, has_unknown


def _post_renderers(one: Delivered, spec: Value) -> Iterator[WrittenValues]:
    """Yield where the post-renderers are written. Raises PassedOver for pods in unknown ones."""
    renderers = spec.get("postRenderers")
    kustomize = [item.get("kustomize") for item in renderers.items()]
    keys = {key for options in kustomize for key, _ in options.entries()}
    leaves_hooks = spec.get("postRenderStrategy").text == "nohooks"
    if not leaves_hooks and keys <= _POST_RENDERERS:
        for options in kustomize:
            yield WrittenValues(one.file, one.document, options.pointer)
    elif renderers.node is not None:
        start, end = renderers.node.start_mark.index, renderers.node.end_mark.index
        if _OF_PODS.search(renderers.document.text[start:end]):
            said = "its postRenderers patch pods, and are not applied"
            raise PassedOver(Reason.UNRENDERED, said)


def _refuse_elsewhere(ref: Value, one: Delivered, checkout: Checkout) -> None:
    """Raise PassedOver if a source is not this repository."""
    kind, name = ref.get("kind").text or "", ref.get("name").text or ""
    if not kind:
        raise PassedOver(Reason.VALUES_UNKNOWN, "it names no source, as a patch of another object")
    if name == _BOOTSTRAPPED:  # As an OCIRepository, it is what CI has packed of the repository.
        return
    if kind not in _IN_GIT:
        raise PassedOver(Reason.REMOTE, f"{kind} {name} is not a git repository")
    source = checkout.find(kind, name, ref.get("namespace").text or one.namespace)
    url = source.value.at("spec", "url").text or "" if source else ""
    if source and not checkout.is_here(url):
        raise PassedOver(Reason.REMOTE, f"{kind} {name} is another repository")


def _chart(one: Delivered, spec: Value, checkout: Checkout) -> tuple[str, Value]:
    """Return the folder of the chart, and what says so. Raises PassedOver."""
    ref, chart = spec.get("chartRef"), spec.at("chart", "spec")
    if ref.is_written:
        kind, name = ref.get("kind").text or "", ref.get("name").text or ""
        source = checkout.find(kind, name, ref.get("namespace").text or one.namespace)
        if source is None:
            raise PassedOver(Reason.REMOTE, f"{kind} {name} is not in this run")
        chart = source.value.get("spec")
        if kind == "OCIRepository":
            url, tag = chart.get("url").text or "", chart.at("ref", "tag").text or ""
            return checkout.chart_named(url.rstrip("/").rpartition("/")[2], tag), chart
    path, version = chart.get("chart").text or "", chart.get("version").text or ""
    kind = chart.at("sourceRef", "kind").text or ""
    if kind not in _IN_GIT:
        return checkout.chart_named(path, version), chart
    _refuse_elsewhere(chart.get("sourceRef"), one, checkout)
    return checkout.chart_at(path), chart


def _from(entry: Value, one: Delivered, checkout: Checkout) -> Iterator[WrittenValues]:
    """Yield where an entry of `valuesFrom` is written. Raises PassedOver."""
    kind, name = entry.get("kind").text or "", entry.get("name").text or ""
    key = entry.get("valuesKey").text or "values.yaml"
    found = checkout.config_map(name, key, one) if kind == "ConfigMap" else None
    path = entry.get("targetPath").text
    if found is None:
        if entry.get("optional").scalar is True and kind == "ConfigMap":
            return
        raise PassedOver(Reason.VALUES_MISSING, f"values of {kind} {name} are not in this run")
    target = set_path(path) if path else ()
    if target is None or not all(isinstance(part, str) for part in target):
        raise PassedOver(Reason.VALUES_UNKNOWN, "targetPath leads into a list")
    yield found._replace(target=target)
