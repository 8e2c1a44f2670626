"""helmfile: the charts of its releases, with the values it passes to helm.

Rules: helmfile/helmfile ecf604d (2026-08-22) pkg/state/{release,state,state_exec_tmpl,util}.go.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from k8slint.coverage import Reason
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value, root
from k8slint.render.charts.release import Release
from k8slint.render.charts.values import WrittenValues
from k8slint.render.gitops.checkout import Checkout, Delivered, PassedOver
from k8slint.render.gitops.environment import FILE_PATTERN, Environment, environments_of
from k8slint.render.written import TooLarge, data

_KIND = "helmfile"
# What decides about the values or the objects of a release, and is not read here.
_UNKNOWN = (
    *("secrets", "env", "setTemplate", "valuesPathPrefix", "installedTemplate"),
    *("conditionTemplate", "directory", "strategicMergePatches", "jsonPatches", "transformers"),
    *("dependencies", "postRenderer", "missingFileHandler", "missingFileHandlerConfig"),
)
_MOST_INHERITED = 20
_MOST_ENVIRONMENTS = 20
# What expressions call the fields of a release.
_FIELDS = {
    ".Release.Name": "name",
    ".Release.Namespace": "namespace",
    ".Release.Chart": "chart",
    ".Release.ChartVersion": "version",
}


def helmfile_releases(one: Delivered, checkout: Checkout) -> Iterator[Release | PassedOver]:
    """Yield what each release has rendered in each environment of its helmfile, or why not."""
    documents = checkout.files.documents(one.file)
    tops = [root(document) for document in documents]
    if one.file.endswith(".gotmpl") and any("{{" in document.text for document in documents):
        yield PassedOver(Reason.VALUES_UNKNOWN, "it is a template of helmfile")
        return
    if any(top.get("defaultInherit").is_written for top in tops):
        yield PassedOver(Reason.VALUES_UNKNOWN, "defaultInherit is not read")
        return
    templates = dict(pair for top in tops for pair in top.get("templates").entries())
    names = environments_of(tops)
    if len(names) > _MOST_ENVIRONMENTS:
        said = f"of its {len(names)} environments, {_MOST_ENVIRONMENTS} are looked at"
        yield PassedOver(Reason.TOO_LARGE, said)
    environments = [
        Environment(name, tops, one.file, checkout) for name in names[:_MOST_ENVIRONMENTS]
    ]
    for release in one.value.get("releases").items():

        def built(environment: Environment, release: Value = release) -> Release | None:
            spec = _Spec(release, templates, environment)
            if spec.get("installed").scalar is False:
                return None
            is_enabled = environment.is_enabled(spec.get("condition").text or "")
            return _release(one, spec, checkout, documents) if is_enabled else None

        yield from _in_each(environments, built)


def _in_each(
    environments: Sequence[Environment], built: Callable[[Environment], Release | None]
) -> Iterator[Release | PassedOver]:
    """Yield what a release is in some environments, once for those in which it is the same.

    It is named after them, unless these are all.
    """
    found: dict[Hashable, tuple[Release | PassedOver, list[str]]] = {}
    for environment in environments:
        try:
            one = built(environment)
        except PassedOver as reason:
            found.setdefault(str(reason), (reason, []))[1].append(environment.name)
            continue
        if one:
            given = tuple(written._replace(sources=()) for written in one.given)
            made = one.name, one.folder, one.sets, one.strings, one.namespace, given
            found.setdefault(made, (one, []))[1].append(environment.name)
    for result, names in found.values():
        said = f"environment{'s' if names[1:] else ''} {', '.join(names)}"
        if len(names) == len(environments):
            yield result
        elif isinstance(result, PassedOver):
            yield PassedOver(result.reason, f"{said}: {result}")
        else:
            yield replace(result, name=f"{result.name}, {said}")


class _Spec:
    """A release with the templates that it inherits, weakest first.

    What is written last counts, and lists are joined. Raises PassedOver.
    """

    def __init__(
        self, release: Value, templates: Mapping[str, Value], environment: Environment
    ) -> None:
        self._templates = templates
        self._environment = environment
        self._parts: list[Value] = []
        self._left = _MOST_INHERITED
        self._inherit(release)
        self._fields = {word: self.get(key).text or "" for word, key in _FIELDS.items()}

    def filled(self, text: str) -> str:
        """Return a text with its expressions replaced. Raises PassedOver."""
        return self._environment.fill(text, self._fields)

    def text(self, key: str) -> str:
        """Return the text of a key, with its expressions replaced. Raises PassedOver."""
        return self.filled(self.get(key).text or "")

    def fill_in(self, written: WrittenValues, text: str) -> WrittenValues:
        """Return values with the expressions in their text replaced. Raises PassedOver."""
        self.filled(text)
        words = self._environment.words_in(text, self._fields)
        return written._replace(
            replaced=tuple((word, self.filled(new)) for word, new in sorted(words.items())),
            sources=self._environment.sources_of(text),
        )

    def get(self, key: str) -> Value:
        """Return what counts for a key."""
        written = [part.get(key) for part in self._parts if part.get(key).is_written]
        return written[-1] if written else self._parts[-1].get(key)

    def items(self, key: str) -> Iterator[Value]:
        """Yield the items of a list."""
        for part in self._parts:
            yield from part.get(key).items()

    def _inherit(self, part: Value) -> None:
        for entry in part.get("inherit").items():
            name = entry.get("template").text or ""
            self._left -= 1
            if name not in self._templates or self._left < 0 or entry.get("except").is_written:
                raise PassedOver(Reason.VALUES_UNKNOWN, f"what {name} gives is not known")
            self._inherit(self._templates[name])
        self._parts.append(part)


def _release(
    one: Delivered, spec: _Spec, checkout: Checkout, documents: Sequence[Document]
) -> Release:
    """Return what a release has rendered. Raises PassedOver."""
    if unknown := next((key for key in _UNKNOWN if spec.get(key).is_written), ""):
        reason = Reason.VALUES_MISSING if unknown == "secrets" else Reason.VALUES_UNKNOWN
        name = spec.get("name").text or ""
        raise PassedOver(reason, f"{unknown} of the release {name} is not read")
    folder, name = os.path.dirname(one.file), spec.text("name")
    given = []
    for item in (*spec.items("valuesTemplate"), *spec.items("values")):
        if item.is_mapping:
            written = WrittenValues(one.file, documents.index(item.document), item.pointer)
            given.append(_inline(written, item, spec))
        else:
            given.append(_of_file(spec.filled(item.text or ""), folder, spec, checkout))
    return Release(
        f"release {name} in {checkout.files.name(one.file)}",
        _home(spec.text("chart"), spec.text("version"), folder, checkout),
        checkout.root,
        sets=tuple(_sets(spec, "set")),
        owner=one.file,
        kind=_KIND,
        line=1,
        release=name,
        namespace=spec.text("namespace"),
        given=tuple(given),
        strings=tuple(_sets(spec, "setString")),
    )


def _home(chart: str, version: str, folder: str, checkout: Checkout) -> str:
    """Return the folder of a chart. Raises PassedOver."""
    is_named = "://" in chart or (chart.count("/") in (1, 2) and not chart.startswith("."))
    if is_named and not os.path.exists(os.path.join(folder, chart)):
        return checkout.chart_named(chart.rpartition("/")[2], version)
    return checkout.chart_at(chart, folder)


def _inline(written: WrittenValues, item: Value, spec: _Spec) -> WrittenValues:
    """Return values in a helmfile, with their words if they are a template. Raises PassedOver."""
    try:
        text = json.dumps(data(item))
    except TooLarge:
        raise PassedOver(Reason.TOO_LARGE, "its values are too large") from None
    if "{{" not in text:
        return written
    if (
        "valuesTemplate" not in item.pointer
    ):  # Before version 1, helmfile filled in the whole file.
        raise PassedOver(Reason.VALUES_UNKNOWN, "values with expressions are not read")
    return spec.fill_in(written, text)


def _of_file(path: str, folder: str, spec: _Spec, checkout: Checkout) -> WrittenValues:
    """Return a file of values, with its words if it is a template. Raises PassedOver."""
    if FILE_PATTERN.search(path):
        raise PassedOver(Reason.VALUES_UNKNOWN, f"{path} is a pattern")
    written = WrittenValues(checkout.file(path, folder))
    text = checkout.files.source(written.file).text if path.endswith(".gotmpl") else ""
    return spec.fill_in(written, text) if "{{" in text else written


def _sets(spec: _Spec, key: str) -> Iterator[str]:
    """Yield what a release passes to helm as `--set` or `--set-string`. Raises PassedOver."""
    for item in spec.items(key):
        name, value = item.get("name").text or "", item.get("value").text or ""
        many = [*item.get("values").items()]
        if item.get("file").is_written or any(one.text is None for one in many):
            raise PassedOver(Reason.VALUES_UNKNOWN, f"what {key} gives {name} is not read")
        if "{{" in f"{name}{value}" or any("{{" in (one.text or "") for one in many):
            raise PassedOver(Reason.VALUES_UNKNOWN, f"an expression sets {name}")
        if value:
            yield f"{_escape(name)}={_escape(value)}"
        elif many:
            words = ",".join(_escape(one.text or "") for one in many)
            yield f"{_escape(name)}={{{words}}}"


def _escape(text: str) -> str:
    """Return a text as helmfile passes it to helm (pkg/state/state.go, escape)."""
    return re.sub(r"([{},])", r"\\\1", text)
