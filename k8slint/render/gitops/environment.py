"""The environments of a helmfile: what its expressions stand for in each of them.

helmfile passes no values of environments to charts: expressions in fields of releases, and in
values files that end in `.gotmpl`, read them. Only such a file of releases is a template, too.

Rules: helmfile/helmfile ecf604d (2026-08-22) pkg/state/{create,envvals_loader,release,
state_exec_tmpl}.go, pkg/app/desired_state_file_loader.go, pkg/tmpl/file_renderer.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from k8slint.coverage import Reason
from k8slint.manifest.values import Value, root
from k8slint.records import NamedTuple
from k8slint.render.charts.values import WrittenValues, spoken
from k8slint.render.gitops.checkout import Checkout, PassedOver
from k8slint.render.gitops.words import DEEPEST, MOST_SCALARS, MOST_WORDS, shorten
from k8slint.type_names import TypeAlias

_DEFAULT = "default"
_NAME = ".Environment.Name"
_EXPRESSION = re.compile(r"\{\{\s{0,20}(\.[\w.]{1,200})\s{0,20}\}\}")
# A text that is an expression the next time: helmfile fills in a release until nothing changes.
_QUOTED = re.compile(r"\{\{-?\s{0,20}`(\{\{[^`{}]{1,200}\}\})`\s{0,20}-?\}\}")
_ROUNDS = 6
# Characters of a text that is filled in.
_LONGEST = 1_000_000
# Names of the same values.
_VALUES = (".Values.", ".StateValues.", ".Environment.Values.")
FILE_PATTERN = re.compile(r"[*?\[]")

_Known: TypeAlias = "_Leaf | dict[str, _Known]"


class _Leaf(NamedTuple):
    """What an expression writes for a value, None for what is not a plain one, and its place."""

    text: str | None
    place: WrittenValues


class Environment:
    """What is known of the values of an environment of a helmfile in a folder.

    `tops` are the documents of its file, of which later ones count more.
    """

    def __init__(self, name: str, tops: Sequence[Value], file: str, checkout: Checkout) -> None:
        self.name = name
        self._file = file
        self._checkout = checkout
        self._known: dict[str, _Known] = {}
        self._left = MOST_SCALARS
        self._refused: PassedOver | None = None
        try:
            for holders in (
                [*tops],
                [top.at("environments", name) for top in tops],
            ):
                for number, holder in enumerate(holders):
                    self._add(holder, number)
        except PassedOver as reason:
            self._refused = reason

    def is_enabled(self, condition: str) -> bool:
        """Whether a release with a condition is there. Raises PassedOver."""
        if condition.casefold() in ("", "true", "false"):
            return condition.casefold() != "false"
        known = self._value(condition)
        if known is None or not condition.endswith(".enabled"):
            raise PassedOver(Reason.VALUES_UNKNOWN, f"the condition {condition} is not known")
        return known == "true"

    def fill(self, text: str, fields: Mapping[str, str]) -> str:
        """Return a text with its expressions replaced; `fields` are those about its release.

        Raises PassedOver if one is left.
        """
        for _ in range(_ROUNDS):
            if "{{" not in text or len(text) > _LONGEST:
                break
            text = self._fill_once(_QUOTED.sub(r"\1", text), fields)
        if "{{" in text:
            left = shorten(text[text.index("{{") :])
            raise PassedOver(Reason.VALUES_UNKNOWN, f"{left} is an expression that is not read")
        return text

    def words_in(self, text: str, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the expressions in a text that are known, with what they stand for.

        Raises PassedOver.
        """
        found: dict[str, str] = {}
        for match in _EXPRESSION.finditer(text):
            prefix = next(filter(match[1].startswith, _VALUES), "")
            name = match[1].removeprefix(prefix)
            new = self._value(name) if prefix else {_NAME: self.name, **fields}.get(name)
            if new is not None:
                found[match[0]] = new
            if len(found) > MOST_WORDS:
                raise PassedOver(Reason.TOO_LARGE, f"over {MOST_WORDS} expressions")
        return found

    def sources_of(self, text: str) -> tuple[tuple[str, WrittenValues], ...]:
        """Return the expressions in a text that the environment gives, with their places."""
        found: dict[str, WrittenValues] = {}
        for match in _EXPRESSION.finditer(text):
            prefix = next(filter(match[1].startswith, _VALUES), "")
            if prefix and (leaf := self._leaf(match[1].removeprefix(prefix))):
                found[match[0]] = leaf.place
        return tuple(sorted(found.items()))

    def _fill_once(self, text: str, fields: Mapping[str, str]) -> str:
        words = self.words_in(text, fields)
        return _EXPRESSION.sub(lambda match: words.get(match[0], match[0]), text)

    def _value(self, name: str) -> str | None:
        leaf = self._leaf(name)
        return leaf.text if leaf else None

    def _leaf(self, name: str) -> _Leaf | None:
        if self._refused:
            raise self._refused
        found: _Known | None = self._known
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found if isinstance(found, _Leaf) else None

    def _add(self, holder: Value, number: int) -> None:
        """Add the values of a document, or of its environment. Raises PassedOver."""
        if holder.get("bases").is_written or holder.get("secrets").is_written:
            what = "bases" if holder.get("bases").is_written else "secrets"
            raise PassedOver(Reason.VALUES_MISSING, f"{what} of the environment are not read")
        if holder.get("mergeStrategy").text not in (None, "", "override"):
            raise PassedOver(Reason.VALUES_UNKNOWN, "mergeStrategy is not read")
        for item in holder.get("values").items():
            if item.is_mapping:
                self._merge(item, self._known, WrittenValues(self._file, number))
            else:
                self._add_file(item.text or "", holder)

    def _add_file(self, path: str, holder: Value) -> None:
        if "{{" in path or FILE_PATTERN.search(path) or not path.endswith((".yaml", ".yml")):
            raise PassedOver(Reason.VALUES_UNKNOWN, f"{path} is a template or a pattern")
        try:
            file = self._checkout.file(path, os.path.dirname(self._file))
        except PassedOver as reason:
            handler = holder.get("missingFileHandler").text or "Error"
            if reason.reason is Reason.VALUES_MISSING and handler != "Error":
                return
            raise
        for number, document in enumerate(self._checkout.files.documents(file)):
            self._merge(root(document), self._known, WrittenValues(file, number))

    def _merge(
        self, top: Value, into: dict[str, _Known], place: WrittenValues, depth: int = 0
    ) -> None:
        """Merge a mapping in a document: what it writes counts more. Raises PassedOver."""
        for name, one in top.entries():
            self._left -= 1
            if self._left < 0 or depth > DEEPEST:
                raise PassedOver(Reason.TOO_LARGE, "the environment is too large")
            if one.is_mapping:
                below = into.get(name)
                inner = into[name] = below if isinstance(below, dict) else {}
                self._merge(one, inner, place, depth + 1)
            else:
                into[name] = _Leaf(spoken(one), place._replace(pointer=one.pointer))


def environments_of(tops: Sequence[Value]) -> list[str]:
    """Return the names of the environments that a helmfile declares, else `default`."""
    declared = (name for top in tops for name, _ in top.get("environments").entries())
    return [*dict.fromkeys(declared)] or [_DEFAULT]
