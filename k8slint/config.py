"""Configuration files: found, checked against one schema, and made into settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from k8slint.kubernetes.versions import Target, parse_minor
from k8slint.lint.rule import Severity
from k8slint.lint.rulebook import Rulebook, UsageError, load
from k8slint.lint.settings import CustomProgram, Settings
from k8slint.manifest.source import NotText, decode
from k8slint.manifest.tree import Unreadable, cut, documents, start_of, walk
from k8slint.manifest.values import Value, duplicates, root
from k8slint.shutdown.durations import Unit

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

NAMES = (".k8slint.yaml", ".k8slint.yml")
SCHEMA = Path(__file__).with_name("config.schema.json")


class Overrides(NamedTuple):
    """What the command line says; None leaves a setting to the configuration."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    fail_on: Severity | None = None
    minor: tuple[int, int] | None = None


def settings_for(folder: Path, overrides: Overrides, explicit: Path | None = None) -> Settings:
    """The settings of a folder: those of the nearest configuration file, as the call changes them.

    Raises UsageError.
    """
    file = explicit or find(folder)
    return _resolved(file, overrides, file.parent if file and not explicit else Path.cwd())


@cache
def _resolved(file: Path | None, overrides: Overrides, root: Path) -> Settings:
    settings = replace(_load(file) if file else Settings(), root=root)
    target = settings.target
    if overrides.minor:
        target = target._replace(minor=overrides.minor)
    return replace(
        settings,
        select=settings.select if overrides.select is None else overrides.select,
        extend_select=(*settings.extend_select, *overrides.extend_select),
        ignore=(*settings.ignore, *overrides.ignore),
        exclude=settings.exclude if overrides.exclude is None else overrides.exclude,
        fail_on=settings.fail_on if overrides.fail_on is None else overrides.fail_on,
        target=target,
    )


@cache
def find(folder: Path) -> Path | None:
    """The configuration file that counts for a folder: the nearest one within its repository."""
    for name in NAMES:
        if os.path.isfile(os.path.join(folder, name)):
            return folder / name
    if os.path.exists(os.path.join(folder, ".git")) or folder.parent == folder:
        return None
    return find(folder.parent)


def schema(book: Rulebook) -> dict[str, Any]:
    """The JSON Schema of a configuration file, with the options of every rule."""
    strings = {"type": "array", "items": {"type": "string"}}
    options = {
        name: {"$ref": f"#/$defs/{rule.code}"}
        for rule in book.rules
        if rule.options
        for name in (rule.code, rule.name)
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://raw.githubusercontent.com/k8slint/k8slint/main/k8slint/config.schema.json",
        "title": "k8slint configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "select": {**strings, "description": "Rules that run: codes, names, prefixes."},
            "extend-select": {**strings, "description": "Rules that run on top of select."},
            "ignore": {**strings, "description": "Rules that do not run."},
            "exclude": {**strings, "description": "Files left out, as gitignore patterns."},
            "context": {**strings, "description": "Manifests read for facts, not reported on."},
            "fail-on": {
                "enum": ["error", "warning", "info"],
                "description": "The mildest severity that makes exit code 1.",
            },
            "kubernetes-version": {
                "type": "string",
                "pattern": r"^v?\d+\.\d+(\.\d+)?$",
                "description": 'The cluster the manifests are for, such as "1.31".',
            },
            "feature-gates": {**strings, "description": "Feature gates that are on there."},
            "programs": {
                "type": "array",
                "items": {"$ref": "#/$defs/program"},
                "description": "Programs of your own, and the setting of how long they drain.",
            },
            "rules": {
                "type": "object",
                "additionalProperties": False,
                "properties": options,
                "description": "Options of single rules, by code or name.",
            },
        },
        "$defs": {"program": _PROGRAM}
        | {
            rule.code: {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: _option(default) for name, default in rule.options.items()},
            }
            for rule in book.rules
            if rule.options
        },
    }


def _option(default: int | str) -> dict[str, Any]:
    """The schema of one option of a rule; numbers are counts of something."""
    if isinstance(default, bool):
        return {"type": "boolean", "default": default}
    if isinstance(default, int):
        return {"type": "integer", "minimum": 0, "default": default}
    return {"type": "string", "default": default}


_PROGRAM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "command"],
    "anyOf": [{"required": ["flag"]}, {"required": ["env"]}, {"required": ["default"]}],
    "properties": {
        "name": {"type": "string", "description": "What messages call it."},
        "command": {"type": "string", "description": "What starts it: `serve`, `manage run`."},
        "flag": {"type": "string", "description": "The flag with its drain time."},
        "env": {"type": "string", "description": "The variable with its drain time."},
        "unit": {
            "enum": [str(unit) for unit in Unit],
            "default": "s",
            "description": "How the text of the setting is read.",
        },
        "default": {
            "type": "number",
            "minimum": 0,
            "description": "Seconds where nothing is set; unknown where left out.",
        },
    },
}


@cache
def _load(file: Path) -> Settings:
    top = _read(file)
    data = _plain(top) if top else {}
    if top:
        _check(file, top, data)
    minor = data.get("kubernetes-version")
    return Settings(
        select=tuple(data.get("select", ("DEFAULT",))),
        extend_select=tuple(data.get("extend-select", ())),
        ignore=tuple(data.get("ignore", ())),
        exclude=tuple(data.get("exclude", ())),
        context=tuple(str(file.parent / path) for path in data.get("context", ())),
        fail_on=Severity.parse(data.get("fail-on", "warning")),
        target=Target(
            parse_minor(minor) if minor else None, frozenset(data.get("feature-gates", ()))
        ),
        programs=tuple(CustomProgram(**program) for program in data.get("programs", ())),
        options=tuple(
            (rule, option, value)
            for rule, options in data.get("rules", {}).items()
            for option, value in options.items()
        ),
    )


def _read(file: Path) -> Value | None:
    """The mapping in a file; None where all is blank or commented out."""
    try:
        source = decode(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except NotText as error:
        raise UsageError(f"{file}: {error.reason}") from None
    trees = []
    for chunk in cut(source.text):
        try:
            trees += documents(source, chunk)
        except Unreadable as error:
            line, _ = source.position(chunk.start + error.offset)
            raise UsageError(f"{file}:{line}: {error.reason}") from None
    if not any(root(tree).is_written for tree in trees):
        return None
    if len(trees) != 1 or not root(trees[0]).is_mapping:
        raise UsageError(f"{file}: a configuration is one mapping of keys to values")
    if trees[0].anchors:
        raise UsageError(f"{file}: anchors and aliases are not read in a configuration")
    return root(trees[0])


def _plain(value: Value) -> Any:
    if value.is_mapping:
        return {name: _plain(child) for name, child in value.entries()}
    if value.text is None:
        return [_plain(item) for item in value.items()]
    return value.scalar


def _check(file: Path, top: Value, data: Mapping[str, Any]) -> None:
    """Refuse what the schema does not know, and rules that do not exist.

    Raises UsageError with the line.
    """
    import jsonschema

    for node in walk(top.document.root):
        for key in duplicates(node):
            start = top.document.start + start_of(key)
            _refuse(file, top, start, f"key {key.value!r} is written twice")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    if error := jsonschema.exceptions.best_match(validator.iter_errors(data)):
        place, message = _explained(error)
        _refuse(file, top, _at(top, place).head[0], message)
    book = load()
    for name in ("select", "extend-select", "ignore"):
        for item in top.get(name).items():
            try:
                book.matching(item.text or "")
            except UsageError as unknown:
                _refuse(file, top, item.span[0], str(unknown))


def _explained(error: ValidationError) -> tuple[list[str | int], str]:
    """Where a value is that the schema does not take, and what to do about it."""
    place = list(error.absolute_path)
    name = ".".join(map(str, place))
    if error.validator == "additionalProperties":
        assert isinstance(error.schema, Mapping)
        assert isinstance(error.instance, Mapping)
        known: Mapping[str, Any] = error.schema["properties"]
        unknown = next(key for key in error.instance if key not in known)
        import difflib

        near = difflib.get_close_matches(unknown, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
        return [*place, unknown], f"unknown key {unknown!r}{f' in {name}' if name else ''}{hint}"
    if "kubernetes-version" in place:
        return place, f'{name}: {error.instance!r} is no version in quotes, such as "1.31"'
    return place, f"{name}: {error.message}"


def _refuse(file: Path, top: Value, offset: int, message: str) -> NoReturn:
    line, _ = top.document.source.position(offset)
    raise UsageError(f"{file}:{line}: {message}")


def _at(top: Value, path: Sequence[str | int]) -> Value:
    value = top
    for part in path:
        value = value.get(part) if isinstance(part, str) else list(value.items())[part]
    return value
