"""Spring Boot's `application.properties` and `application.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from k8slint.images.settings.found import FoundSetting, read_time
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.manifest.values import Value

_NAME = "spring.lifecycle.timeout-per-shutdown-phase"
# They change what counts, or bring files that count more.
_OTHERS = ("spring.config.import", "spring.config.activate", "spring.profiles")
_PROPERTY = r"[ \t]*([^#!\s:=][^\s:=]{0,200})[ \t]*[:= \t][ \t]*(.{0,500})"
_ISO = r"(?a)PT(\d{1,6})([SMH])"
_DEEPEST = 6
_MOST = 5_000
_ROOTS = ("spring", "server")
_SHUTDOWN = "server.shutdown"


def read_properties(text: str) -> FoundSetting | None:
    """Read a file of properties."""
    pairs = [
        (match[1], match[2].strip(), number)
        for number, line in enumerate(text.split("\n"), start=1)
        if (match := re.match(_PROPERTY, line))
    ]
    return _found(pairs, is_one=not re.search(r"(?m)^[#!]---", text))


def read_spring_yaml(text: str) -> FoundSetting | None:
    """Read a file of YAML documents."""
    from k8slint.manifest.source import Source
    from k8slint.manifest.stream import split_documents
    from k8slint.manifest.tree import YamlError, documents
    from k8slint.manifest.values import root

    source = Source("application.yaml", text)
    try:
        trees = [
            tree for chunk in split_documents(source.text) for tree in documents(source, chunk)
        ]
    except YamlError:
        return FoundSetting(_NAME, None)
    # Aliases may repeat a part without end.
    leaves = [*islice((leaf for tree in trees for leaf in _leaves(root(tree), "", 0)), _MOST)]
    pairs = [
        (name, value.text or "", source.position(value.span[0])[0])
        for name, value in leaves
        if _plain(name).startswith(_WANTED)
    ]
    return _found(pairs, is_one=len(trees) < 2 and len(leaves) < _MOST)


def _leaves(value: Value, path: str, depth: int) -> Iterator[tuple[str, Value]]:
    """Yield what stands below `spring` and `server`, by its path."""
    for name, inner in value.entries():
        own = f"{path}.{name}" if path else name
        if not own.startswith(_ROOTS):
            continue
        if inner.is_mapping and depth < _DEEPEST:
            yield from _leaves(inner, own, depth + 1)
        yield own, inner


def _found(pairs: list[tuple[str, str, int]], *, is_one: bool) -> FoundSetting | None:
    names = [_plain(name) for name, _, _ in pairs]
    depends = not is_one or any(name.startswith(_ELSEWHERE) for name in names)
    # Where the server ends at once, only other beans take that time.
    depends = depends or any(
        name == _SHUTDOWN and text.lower() != "graceful"
        for name, (_, text, _) in zip(names, pairs, strict=True)
    )
    wanted = [pair for name, pair in zip(names, pairs, strict=True) if name == _PLAIN]
    if not wanted:
        return FoundSetting(_NAME, None) if depends else None
    _, text, line = wanted[-1]
    is_sure = not depends and len(wanted) == 1
    return FoundSetting(_NAME, _duration(text) if is_sure else None, line)


def _plain(name: str) -> str:
    """Return a name as Spring compares it: relaxed binding."""
    return name.replace("-", "").replace("_", "").lower()


def _duration(text: str) -> float | None:
    if match := re.fullmatch(_ISO, text):
        return float(match[1]) * {"S": 1, "M": 60, "H": 3600}[match[2]]
    # One number and one unit: DurationStyle.SIMPLE.
    return read_time(text, bare="ms") if re.fullmatch(r"\d+[a-z]*", text) else None


_PLAIN = _plain(_NAME)
_ELSEWHERE = tuple(map(_plain, _OTHERS))
_WANTED = (_PLAIN, _SHUTDOWN, *_ELSEWHERE)
