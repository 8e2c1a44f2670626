"""Patches of a kustomization: which apply to an object, and what they say about it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from k8slint.manifest.source import Source
from k8slint.manifest.values import Pointer, Value, root
from k8slint.records import NamedTuple
from k8slint.render.written import (
    SourceFiles,
    SourcePlace,
    builds_alike,
    counterpart,
    find_value,
    parsed,
)

# In the order in which kustomize applies them (api/internal/target/kusttarget_configplugin.go).
PATCHES = ("patchesStrategicMerge", "patches", "patchesJson6902")

_LABEL = re.compile(
    r"\s*(?:(!)\s*)?([\w./-]+)\s*(?:(==?|!=)\s*([\w.-]*)|(in|notin)\s*\(([^)]*)\))?\s*"
)
# Go matches in linear time. Python tries every way to match, one for each length of a repetition
# and each alternative; for a repeated group these are too many to wait for.
_REPEAT = re.compile(r"[*+?{]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_LONGEST = 300
_MOST = 100_000


class _Patch(NamedTuple):
    """A patch, which objects it applies to, and the scalar it is written in if not in a file."""

    file: str
    top: Value
    target: Value | None
    within: Value | None


def patched(
    kustomization: Value,
    file: str,
    built: Value,
    base: Value | None,
    pointer: Pointer,
    files: SourceFiles,
) -> Iterator[SourcePlace]:
    """Yield where patches of a kustomization mention a part of a built object.

    `base` is the object before any kustomization changed it, if that is known.
    """
    wanted = find_value(built, pointer)
    for key in PATCHES:
        for item in kustomization.get(key).items():
            for patch in _read(item, file, files):
                if _is_for(patch, built, base):
                    top = patch.top if patch.top.is_mapping else None
                    for value in _values(patch.top, built, pointer):
                        is_exact = builds_alike(value, wanted)
                        yield SourcePlace(patch.file, value, is_exact, top, patch.within)


def _read(item: Value, file: str, files: SourceFiles) -> Iterator[_Patch]:
    """Yield the patches of an entry: from the file it names, or its own text."""
    target = item.get("target") if item.get("target").is_written else None
    named = item.get("path").text or item.text
    if named and "\n" not in named:
        path = os.path.realpath(os.path.join(os.path.dirname(file), named))
        if os.path.isfile(path):
            for document in files.documents(path):
                yield _Patch(path, root(document), target, None)
            return
    text = item if item.text else item.get("patch")
    for document in parsed(Source("", text.text or "")):
        yield _Patch(file, root(document), target, text)


def _is_for(patch: _Patch, built: Value, base: Value | None) -> bool:
    """Whether a patch may change an object, as far as names and kinds tell."""
    name = built.at("metadata", "name").text or ""
    first_name = (base.at("metadata", "name").text if base else None) or ""
    kind = built.get("kind").text or ""
    meant = patch.target or patch.top.get("metadata")
    space = meant.get("namespace").text
    spaces = {one.at("metadata", "namespace").text for one in (base, built) if one}
    if space and None not in spaces and space not in spaces:
        return False
    if patch.target is None:
        # One prefix may have been added before the patch, and another after it.
        own = patch.top.at("metadata", "name").text or ""
        return patch.top.get("kind").text == kind and first_name in own and own in name
    wanted_kind, wanted_name = patch.target.get("kind").text, patch.target.get("name").text
    return (
        (wanted_kind is None or _fully(wanted_kind, kind))
        and (wanted_name is None or any(_fully(wanted_name, one) for one in (first_name, name)))
        and _may_select(patch.target.get("labelSelector").text or "", built)
    )


def _may_select(selector: str, built: Value) -> bool:
    """Whether a label selector may select an object; one not understood may select any."""
    labels = {name: value.text for name, value in built.at("metadata", "labels").entries()}
    at = 0
    while match := _LABEL.match(selector, at):
        is_not, key, sign, value, kind, values = match.groups()
        if sign or kind:
            wanted = [value] if sign else [one.strip() for one in values.split(",")]
            if (labels.get(key) in wanted) is (sign == "!=" or kind == "notin"):
                return False
        elif (key in labels) is bool(is_not):
            return False
        at = match.end() + 1
    return True


def _fully(pattern: str, text: str) -> bool:
    """Whether a pattern may match a name; one not understood, or slow, may match any."""
    if _REPEATED_GROUP.search(pattern) or len(pattern) > _LONGEST:
        return True
    if len(text) ** min(_LONGEST, len(_REPEAT.findall(pattern))) << pattern.count("|") > _MOST:
        return True
    try:
        return re.fullmatch(pattern, text) is not None
    except (re.error, OverflowError):  # Go syntax that Python does not have.
        return True


def _values(top: Value, built: Value, pointer: Pointer) -> Iterator[Value]:
    """Yield what a merge patch, or a list of operations, says under a pointer."""
    if top.is_mapping:
        value = counterpart(top, built, pointer)
        if value.node is not None:
            yield value
    for operation in top.items():
        path = operation.get("path").text or ""
        parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
        size = len(parts)
        if operation.get("op").text not in ("add", "replace") or size > len(pointer):
            continue
        if all(map(_is_part, parts, pointer)):
            inside = find_value(built, pointer[:size])
            value = counterpart(operation.get("value"), inside, pointer[size:])
            if value.node is not None:
                yield value


def _is_part(written: str, part: str | int) -> bool:
    return written == str(part) or (written == "-" and isinstance(part, int))
