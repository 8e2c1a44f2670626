"""Check a configuration, and report what is wrong and where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

from k8slint.config.read import MOST_OBJECTIONS, Objection, Written
from k8slint.config.rows import SETTING
from k8slint.config.schema import SEVERITIES, SHIPPED, schema
from k8slint.errors import UsageError
from k8slint.kubernetes.kinds import is_built_in
from k8slint.lint.rulebook import Rulebook, load_rules
from k8slint.lint.scope import guard_for, scope_for
from k8slint.manifest.plain import DataPlace
from k8slint.manifest.schemas import explain_mismatch, mismatches, name_of, unknown_keys
from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

# What a text must be, by its key, where the schema has a pattern for it.
_WANTED = {
    "kubernetes-version": 'a version in quotes, such as "1.31"',
    "kind": "a kind, such as Deployment",
    "group": "an API group, such as example.com",
    "date": "a date, such as 2026-11-29",
    "paths": "a path of keys, such as spec.template.spec",
    "workload": "a workload, such as web, Deployment/web or Deployment/shop/web",
    "image": "the end of the path of an image, such as shop/web",
    "per-file-ignores": "a pattern of files in which to ignore rules",
}


class Chosen(NamedTuple):
    """The value of a key, and the file it comes from."""

    value: Any
    written: Written


@lru_cache(maxsize=8)
def known_keys(rule_folders: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Return the schema, with the options of custom rules."""
    if rule_folders:
        return schema(load_rules(rule_folders))
    shipped: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return shipped


def forget_rules() -> None:
    """Load all rules again when they are next used: the files of custom ones may have changed."""
    for cached in (load_rules, known_keys, scope_for, guard_for):
        cached.cache_clear()


def check_file(written: Written, rule_folders: tuple[Path, ...]) -> None:
    """Refuse a configuration with mistakes, all of them at once.

    Raises UsageError with their lines.
    """
    book = load_rules(rule_folders)
    rejected = mismatches(written.data, known_keys(rule_folders), MOST_OBJECTIONS)
    explained = chain.from_iterable(_explained(error, book) for error in rejected)
    found = [Objection(*one) for one in islice(explained, MOST_OBJECTIONS)]
    wrong = {one.place[0] for one in found}
    sound = {key: value for key, value in written.data.items() if key not in wrong}
    if len(found) < MOST_OBJECTIONS:
        found += (*_wrong_words(sound, book), *_same_rules(sound, book))
        found += _misplaced_rows(sound)
    written.refuse_all(found)


def _wrong_words(data: Mapping[str, Any], book: Rulebook) -> Iterator[Objection]:
    for place, word in _selectors(data):
        try:
            book.matching(word)
        except UsageError as unknown:
            yield Objection(place, str(unknown))


def _same_rules(data: Mapping[str, Any], book: Rulebook) -> Iterator[Objection]:
    said: dict[str, str] = {}
    for name in data.get("rules", ()):
        code = book.find(name).code
        if other := said.get(code):
            yield Objection(("rules", name), f"{name} and {other} are the same rule")
        said[code] = name


def _misplaced_rows(data: Mapping[str, Any]) -> Iterator[Objection]:
    for index, one in enumerate(data.get("pod-templates", ())):
        group = one.get("group", "*")
        if is_built_in(one["kind"], f"{group}/v1" if group else "v1"):
            message = f"pod-templates.{index}: the pods of a {one['kind']} are read without it"
            yield Objection(("pod-templates", index), message)
    for index, one in enumerate(data.get("programs", ())):
        loose = next((key for key in one if key in SETTING and key != "default"), None)
        if "settings" in one and loose:
            message = f"programs.{index}.{loose} belongs in `settings`, with the others"
            yield Objection(("programs", index, loose), message)


def check_previews(chosen: Mapping[str, Chosen], book: Rulebook, *, preview: bool) -> None:
    """Refuse to select preview rules unless `preview` is set here or in the configuration.

    Raises UsageError with the lines.
    """
    for key in ("select", "extend-select"):
        mistakes = []
        for index, word in enumerate(chosen[key].value if key in chosen else ()):
            try:
                book.selected(word, preview=preview, has_version=True)
            except UsageError as new:
                mistakes.append(Objection((key, index), str(new)))
        if mistakes:
            chosen[key].written.refuse_all(mistakes)


def _selectors(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each word that selects rules, with its place."""
    for key in ("select", "extend-select", "ignore"):
        yield from (((key, index), word) for index, word in enumerate(data.get(key, ())))
    for pattern, words in data.get("per-file-ignores", {}).items():
        for index, word in enumerate(words):
            yield ("per-file-ignores", pattern, index), word


def _explained(error: ValidationError, book: Rulebook) -> Iterator[tuple[DataPlace, str]]:
    """Yield the places of what the schema rejects, and what to do about it."""
    place, value = list(error.absolute_path), error.instance
    is_of_rule = place[:1] == ["rules"] and len(place) == 2
    if place == ["rules"] and error.validator == "additionalProperties":
        for unknown in unknown_keys(error):
            try:
                book.find(unknown)
            except UsageError as why:
                yield [*place, unknown], f"rules: {why}"
    elif place == ["kubernetes-version"]:
        yield place, f"{place[0]}: {echoed(value)} is not {_WANTED['kubernetes-version']}"
    elif is_of_rule and error.validator == "type" and value in SEVERITIES:
        words = f"write {{severity: {value}}}"
        yield place, f"{name_of(place)}: {echoed(value)} lacks its key: {words}"
    else:
        yield from explain_mismatch(error, _WANTED)
