"""Patterns of ignore files, with the meaning that git's `dir.c` and `wildmatch.c` give them.

Once what follows a `*` has matched, the `*` is not extended again, so matching takes time
proportional to the length of the pattern times that of the path. Plain regular expressions, as
libraries build them, take hours for eight stars in a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from k8slint.lazy import cached_property

# More bytes of patterns with wildcards than this, some 1,000 of them, take too long to match.
MOST_WILDCARDS = 10_000

# Ends the path of a folder: no name contains it, and no wildcard matches it.
_FOLDER = b"\0"
# What is matched by `*`, by `**/`, and by `**` at the end.
_STAR, _FOLDERS, _REST = rb"[^/\0]*", rb"(?:[^\0]*/)?", rb"[^\0]*"
# The same, but as short as possible.
_SHORTEST = {_STAR: rb"[^/\0]*?", _FOLDERS: rb"(?:[^\0]*?/)??", _REST: rb"[^\0]*?"}
# Patterns in one regular expression: entering a group takes time for each one before it.
_TOGETHER = 40
_ANY = rb"[^/\0]"
_LEVELS = (frozenset((_FOLDERS, _REST)), frozenset((_STAR,)))
_SPECIAL = re.compile(rb"[*?\[\\]")
_STARS = re.compile(rb"\*+")
_NAMED_CLASS = re.compile(rb"\[:([^\]]*):\]")
_NAMED_CLASSES = {
    b"alnum": (b"09", b"AZ", b"az"),
    b"alpha": (b"AZ", b"az"),
    b"blank": (b"\t\t", b"  "),
    b"cntrl": (b"\x01\x1f", b"\x7f\x7f"),
    b"digit": (b"09",),
    b"graph": (b"!~",),
    b"lower": (b"az",),
    b"print": (b" ~",),
    b"punct": (b"!/", b":@", b"[`", b"{~"),
    b"space": (b"\t\n", b"\r\r", b"  "),
    b"upper": (b"AZ",),
    b"xdigit": (b"09", b"AF", b"af"),
}


class Patterns:
    """Patterns, one per line, of which the last match applies.

    `weight` is the number of bytes in those with wildcards.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.weight = 0
        self._names, self._paths = _Kind(is_path=False), _Kind(is_path=True)
        # Results by name: many files share a name.
        self._known: dict[bytes, int] = {}
        for number, line in enumerate(lines, 1):
            pattern = _trim(line.partition(b"\0")[0])
            if pattern.startswith(b"#"):
                continue
            if pattern.startswith(b"!"):
                number, pattern = -number, pattern[1:]
            mark = _FOLDER if pattern.endswith(b"/") else b""
            pattern = pattern.removesuffix(b"/")
            kind = self._paths if b"/" in pattern else self._names
            pattern = pattern.removeprefix(b"/")
            if _SPECIAL.search(pattern):
                kind.wildcards.append((number, pattern, mark))
                self.weight += len(pattern)
            elif pattern:
                kind.literals[pattern + mark] = number

    def __bool__(self) -> bool:
        return bool(self._names or self._paths)

    def last(self, path: bytes, *, is_folder: bool) -> int:
        """Return the number of the last pattern that matches a path relative to their folder.

        Numbers start at 1. It is negative for a pattern with `!`, and 0 if none matches.
        """
        if is_folder:
            path += _FOLDER
        name = path[path.rfind(b"/") + 1 :]
        number = self._known.get(name)
        if number is None:
            number = self._known[name] = self._names.last(name)
        return max(number, self._paths.last(path), key=abs) if self._paths else number


class _Kind:
    """Patterns for names or for paths, those with wildcards apart."""

    def __init__(self, *, is_path: bool) -> None:
        self._is_path = is_path
        self.literals: dict[bytes, int] = {}
        self.wildcards: list[tuple[int, bytes, bytes]] = []

    def __bool__(self) -> bool:
        return bool(self.literals or self.wildcards)

    def last(self, subject: bytes) -> int:
        """Like `Patterns.last`, for a subject that has the mark of a folder if it is one."""
        number = self.literals.get(subject, 0)
        if subject.endswith(_FOLDER):
            number = max(number, self.literals.get(subject[:-1], 0), key=abs)
        for regexp in self._regexps:
            if found := regexp.fullmatch(subject):
                group = found.lastgroup or ""
                other = int(group[1:]) * (-1 if group[0] == "n" else 1)
                return max(number, other, key=abs)
        return number

    @cached_property
    def _regexps(self) -> list[re.Pattern[bytes]]:
        """The patterns, the last one first, each a group named after its number."""
        sources = []
        names = count()
        for number, pattern, mark in reversed(self.wildcards):
            try:
                tokens = _tokens(pattern, is_path=self._is_path)
            except _Never:
                continue
            sign = b"n" if number < 0 else b"p"
            source = _source(tokens, names)
            sources.append(b"(?P<%b%d>%b%b)" % (sign, abs(number), source, mark or rb"\0?"))
        some = (sources[at : at + _TOGETHER] for at in range(0, len(sources), _TOGETHER))
        return [re.compile(b"|".join(one)) for one in some]


class _Never(Exception):
    """A pattern that matches nothing."""


def _trim(line: bytes) -> bytes:
    """Return a line without trailing blanks, of which the first may be escaped."""
    kept = line.rstrip(b" ")
    is_escaped = (len(kept) - len(kept.rstrip(b"\\"))) % 2 == 1
    return line[: len(kept) + 1] if is_escaped else kept


def _source(
    tokens: Iterable[bytes], names: Iterator[int], levels: Sequence[frozenset[bytes]] = _LEVELS
) -> bytes:
    """Return a regular expression in which each wildcard keeps its first match.

    Except for the last one of a level, as what follows it has to reach the end, too.
    """
    if not levels:
        return b"".join(tokens)
    parts: list[tuple[bytes, list[bytes]]] = [(b"", [])]
    for token in tokens:
        if token in levels[0]:
            parts.append((token, []))
        else:
            parts[-1][1].append(token)
    source = b""
    for number, (wildcard, behind) in enumerate(parts, 1):
        inner = _source(behind, names, levels[1:])
        if wildcard and number < len(parts):
            # As an atomic group, `(?>...)`: some patch releases of Python 3.11 hang on those.
            name = next(names)
            source += b"(?=(?P<_%d>%b%b))(?P=_%d)" % (name, _SHORTEST[wildcard], inner, name)
        else:
            source += wildcard + inner
    return source


def _tokens(pattern: bytes, *, is_path: bool) -> list[bytes]:
    """Return regular expressions, each for one byte or one wildcard.

    Raises _Never.
    """
    special = _SPECIAL.search(pattern)
    # Git compares what precedes the first wildcard separately, and starts again after it.
    begin = special.start() if special else 0
    at = 0
    tokens: list[bytes] = []
    while at < len(pattern):
        char = pattern[at : at + 1]
        if stars := _STARS.match(pattern, at):
            is_begun = at == begin or pattern[at - 1 : at] == b"/"
            is_alone = is_path and len(stars[0]) > 1 and is_begun
            at = stars.end()
            token = _STAR
            if is_alone and pattern.startswith(b"/", at):
                token = _FOLDERS
                at += 1
            elif is_alone and (at == len(pattern) or pattern.startswith(rb"\/", at)):
                token = _REST
            if tokens[-1:] != [token]:
                tokens.append(token)
        elif char == b"[":
            token, at = _class(pattern, at + 1)
            tokens.append(token)
        elif char == b"?":
            tokens.append(_ANY)
            at += 1
        else:
            at += char == b"\\"
            tokens.append(re.escape(_byte(pattern, at)))
            at += 1
    return tokens


def _class(pattern: bytes, at: int) -> tuple[bytes, int]:
    """Return a regular expression for a bracket class that begins here, and where it ends.

    Raises _Never.
    """
    is_negated = pattern[at : at + 1] in (b"!", b"^")
    at += is_negated
    members: set[int] = set()
    low = b""
    while True:
        char = _byte(pattern, at)
        if char == b"\\":
            at += 1
            char = _byte(pattern, at)
        elif char == b"-" and low and pattern[at + 1 : at + 2] not in (b"", b"]"):
            at += 2 if pattern.startswith(b"\\", at + 1) else 1
            members.update(range(low[0], _byte(pattern, at)[0] + 1))
            char = b""
        elif named := _NAMED_CLASS.match(pattern, at):
            at = named.end() - 1
            members.update(_named_class(named[1]))
            char = b""
        members.update(char)
        low = char
        at += 1
        if _byte(pattern, at) == b"]":
            break
    members = members | {0, ord("/")} if is_negated else members - {0, ord("/")}
    if not members:
        raise _Never
    listed = b"".join(b"\\x%02x" % one for one in sorted(members))
    return b"[%b%b]" % (b"^" if is_negated else b"", listed), at + 1


def _named_class(name: bytes) -> Iterator[int]:
    if name not in _NAMED_CLASSES:
        raise _Never
    for low, high in _NAMED_CLASSES[name]:
        yield from range(low, high + 1)


def _byte(pattern: bytes, at: int) -> bytes:
    if at >= len(pattern):
        raise _Never
    return pattern[at : at + 1]
