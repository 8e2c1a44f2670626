"""helmfile: the charts of its releases, with the values it passes to helm.

Rules: helmfile.readthedocs.io, "Configuration" (v1, 2026): values in order, then `set`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from k8slint.coverage import Reason
from k8slint.manifest.values import Value
from k8slint.render.checkout import Checkout, Delivered, PassedOver
from k8slint.render.release import Release
from k8slint.render.values import WrittenValues

_KIND = "helmfile"
# What only the templates of helmfile, or its plugins, make of a release.
_UNKNOWN = ("secrets", "strategicMergePatches", "jsonPatches", "transformers", "dependencies")


def helmfile_releases(one: Delivered, checkout: Checkout) -> Iterator[Release | PassedOver]:
    """Yield what each release of a helmfile has rendered, or why it is not."""
    if "{{" in one.value.document.text:
        yield PassedOver(Reason.VALUES_UNKNOWN, "it is a template of helmfile")
        return
    for release in one.value.get("releases").items():
        if release.get("installed").scalar is False:
            continue
        try:
            yield _release(one, release, checkout)
        except PassedOver as reason:
            yield reason


def _release(one: Delivered, release: Value, checkout: Checkout) -> Release:
    folder = os.path.dirname(one.file)
    name, chart = release.get("name").text or "", release.get("chart").text or ""
    if unknown := next((key for key in _UNKNOWN if release.get(key).is_written), ""):
        reason = Reason.VALUES_MISSING if unknown == "secrets" else Reason.VALUES_UNKNOWN
        raise PassedOver(reason, f"{unknown} of the release {name} are not read")
    if chart.startswith(("./", "../")) or os.path.isdir(os.path.join(folder, chart)):
        home = checkout.chart_at(chart, folder)
    else:
        version = release.get("version").text or ""
        home = checkout.chart_named(chart.rpartition("/")[2], version)
    given = []
    for item in release.get("values").items():
        if item.is_mapping:
            given.append(WrittenValues(one.file, one.document, item.pointer))
        elif (path := item.text or "").endswith(".gotmpl") or "*" in path:
            raise PassedOver(Reason.VALUES_UNKNOWN, f"{path} is a template or a pattern")
        else:
            given.append(WrittenValues(checkout.file(path, folder)))
    sets = []
    for item in release.get("set").items():
        if not item.get("value").is_written:
            raise PassedOver(Reason.VALUES_UNKNOWN, "a value that is no single one is set")
        value = (item.get("value").text or "").replace("\\", "\\\\").replace(",", "\\,")
        sets.append(f"{item.get('name').text}={value}")
    return Release(
        f"release {name} in {checkout.files.name(one.file)}",
        home,
        checkout.root,
        sets=tuple(sets),
        owner=one.file,
        kind=_KIND,
        line=1,
        release=name,
        namespace=release.get("namespace").text or "",
        given=tuple(given),
    )
