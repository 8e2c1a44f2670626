"""Flux: the chart of a HelmRelease, with the values that helm-controller merges.

Rules: fluxcd/pkg e2cfd1a (2026-07-22) chartutil/values.go, and the documentation of v2 and v1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from k8slint.coverage import Reason
from k8slint.kubernetes.given_values import set_path
from k8slint.manifest.values import Value
from k8slint.render.checkout import Checkout, Delivered, PassedOver
from k8slint.render.release import Release
from k8slint.render.values import WrittenValues

_IN_GIT = ("GitRepository", "Bucket")
# The repository that `flux bootstrap` makes of the one it writes to.
_BOOTSTRAPPED = "flux-system"


def release_of(one: Delivered, checkout: Checkout) -> Release:
    """Return what a HelmRelease has rendered. Raises PassedOver."""
    spec = one.value.get("spec")
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
    return Release(
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
    )


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
    name = chart.at("sourceRef", "name").text or ""
    space = chart.at("sourceRef", "namespace").text or one.namespace
    source = checkout.find(kind, name, space)
    url = source.value.at("spec", "url").text or "" if source else ""
    if source and name != _BOOTSTRAPPED and not checkout.is_here(url):
        raise PassedOver(Reason.REMOTE, f"{kind} {name} is another repository")
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
