"""Random manifests and hostile texts: `python tests/fuzz.py --seconds 60`.

Half of the time, manifests go through reading, editing and proving: whatever comes in must be
read, refused or changed with proof, in time. The other half, repositories with hostile words go
through all that prints and writes (`hostile/texts.py`). What breaks this is printed as bytes and
ends the run.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from yaml.nodes import SequenceNode

from k8slint.manifest.edit import plan
from k8slint.manifest.operations import Append, Delete, Move, Operation, Set
from k8slint.manifest.prove import prove
from k8slint.manifest.source import NotText, decode
from k8slint.manifest.splice import Refused
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Value, root
from tests.hostile import texts

SECONDS_FOR_ONE = 10
KEYS = ("a", "b", "name", "image", "spec", "lifecycle", '"q"', "'s'", "f:g", "h#i", "on", "x y")
SCALARS = (
    *("1", "060", "text", "two words", '"quoted # not"', "'it''s'", "~", "null", "", "true", "-1"),
    *("nginx:1.25", "1.5", '"a\\tb"', "http://x/#y", "🦊 é", "2001-01-01", "!!str 5", "-c"),
    *("[]", "{}"),
)
VALUES: tuple[object, ...] = (
    *(45, "text", "on", "x: y", "", "é\n", "1", "-c", "a, b", "# no"),
    {"sleep": {"seconds": 5}},
    {"exec": {"command": ["sh", "-c", "sleep 5"]}},
    ["a", "b c"],
    {},
)
ITEMS: tuple[dict[str, object], ...] = (
    {"name": "DELAY", "value": "5"},
    {"name": "on", "valueFrom": {"fieldRef": {"fieldPath": "x: y"}}},
    {"args": ["a", "b c"]},
)
NOISE = (*"-:?&*!|>'\"%@`#{}[], \t\r\n\x00\x85\u2028", "---\n", "<<: ", "\n- ")
COMMENTS = ("# c", "#", "# - item", '# "x', "# a: b", "#!x")


def manifest(random: Random) -> str:
    """A document in a style of its own, comments and oddities included."""
    if random.random() < 0.15:
        return json_text(data(random), random)
    if random.random() < 0.1:
        return kyaml_text(data(random))
    style = Style(random)
    head = random.choice(("", "", "---\n", "--- # c\n", "# c\n\n"))
    text = head + "".join(f"{line}\n" for line in style.mapping(0, 0))
    return variant(text, random)


def variant(text: str, random: Random) -> str:
    """The same document with other line ends, or without the last of them."""
    if random.random() < 0.15:
        text = text.replace("\n", "\r\n")
    if random.random() < 0.15:
        text = text.rstrip("\r\n")
    return text


def data(random: Random, depth: int = 0) -> dict[str, Any]:
    """Random data as JSON has it."""
    names = random.sample(("a", "b", "name", "image", "spec", "items"), random.randint(1, 4))
    return {name: _datum(random, depth) for name in names}


def _datum(random: Random, depth: int) -> Any:
    kind = random.random()
    if depth < 4 and kind < 0.4:
        return data(random, depth + 1)
    if depth < 4 and kind < 0.6:
        return [_datum(random, depth + 1) for _ in range(random.randint(0, 3))]
    return random.choice((1, "text", "a: b #c", True, None, 1.5, "", "é", {}, []))


def json_text(value: object, random: Random) -> str:
    indent = random.choice((None, 2, 4, "\t"))
    compact = (",", ":") if indent is None and random.random() < 0.5 else None
    text = json.dumps(value, indent=indent, separators=compact, ensure_ascii=False)
    return text + random.choice(("", "\n"))


def kyaml_text(value: object) -> str:
    return f"---\n{_kyaml(value, '')}\n"


def _kyaml(value: object, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        pairs = [f"{_kyaml_key(key)}: {_kyaml(child, inner)}" for key, child in value.items()]
        return "{\n" + "".join(f"{inner}{pair},\n" for pair in pairs) + indent + "}"
    if isinstance(value, list) and value:
        if all(isinstance(child, dict) and child for child in value):
            return "[" + ", ".join(_kyaml(child, indent) for child in value) + "]"
        items = [_kyaml(child, inner) for child in value]
        return "[\n" + "".join(f"{inner}{item},\n" for item in items) + indent + "]"
    return json.dumps(value, ensure_ascii=False)


def _kyaml_key(key: object) -> str:
    text = str(key)
    is_word = text.isidentifier() and text not in ("on", "off", "y", "n")
    return text if is_word else json.dumps(text)


class Style:
    """A random hand: how one document is indented, quoted and commented."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.step = random.choice((2, 2, 2, 3, 4))
        self.offset = random.choice((0, 0, 2))
        self.dash = random.choice((2, 2, 2, 4))
        self.comments = random.choice((0.0, 0.1, 0.4))
        self.odd = random.choice((0.0, 0.05, 0.15))
        self.anchors: list[str] = []

    def mapping(self, column: int, depth: int) -> Iterator[str]:
        random = self.random
        for key in random.sample(KEYS, random.randint(1, 4)):
            yield from self.between(column)
            yield from self.pair(key, column, depth)
        if self.anchors and random.random() < self.odd:
            yield f"{' ' * column}<<: *{random.choice(self.anchors)}{self.behind()}"

    def pair(self, key: str, column: int, depth: int) -> Iterator[str]:
        random, indent = self.random, " " * column
        kind = random.random() + depth * 0.15
        name = self.anchor()
        if kind < 0.25:
            yield f"{indent}{key}:{name}{self.behind()}"
            yield from self.mapping(column + self.step, depth + 1)
        elif kind < 0.45:
            yield f"{indent}{key}:{name}{self.behind()}"
            yield from self.items(column + self.offset, depth + 1)
        elif kind < 0.6:
            yield f"{indent}{key}:{name} {self.flow(0)}{self.behind()}"
        elif kind < 0.65:
            yield f"{indent}{key}:{name} {{"
            yield from self.spread(indent)
            yield f"{indent}}}{self.behind()}"
        elif kind < 0.73:
            yield from self.block_scalar(f"{indent}{key}:{name}", column + self.step)
        elif kind < 0.76:
            yield f"{indent}{key}:{name} first words"
            yield f"{indent}{' ' * self.step}and more{self.behind()}"
        elif kind < 0.8 and self.anchors:
            yield f"{indent}{key}: *{random.choice(self.anchors)}{self.behind()}"
        elif kind < 0.82:
            yield f"{indent}{key}:{self.behind()}"
            yield f"{indent}{' ' * self.step}text{self.behind()}"
        else:
            scalar = random.choice(SCALARS)
            if name and scalar.startswith("!"):
                name = ""
            yield f"{indent}{key}:{name} {scalar}{self.behind()}"

    def items(self, column: int, depth: int) -> Iterator[str]:
        random, indent = self.random, " " * column
        for _ in range(random.randint(1, 3)):
            yield from self.between(column)
            if random.random() < 0.7:
                gap = " " * (self.dash - 1)
                first, *rest = self.mapping(column + self.dash, depth)
                if random.random() < 0.8 and not first.lstrip().startswith("#") and first:
                    yield f"{indent}-{gap}{first.lstrip()}"
                else:
                    yield f"{indent}-{self.behind()}"
                    yield first
                yield from rest
            else:
                yield f"{indent}- {random.choice(SCALARS)}{self.behind()}"

    def spread(self, indent: str) -> Iterator[str]:
        random = self.random
        names = random.sample(("a", "b", "name", '"q"'), random.randint(1, 3))
        for index, name in enumerate(names):
            yield from self.between(len(indent) + 2)
            last = index + 1 == len(names) and random.random() < 0.5
            yield f"{indent}  {name}: {self.flow(1)}{'' if last else ','}{self.behind()}"

    def flow(self, depth: int) -> str:
        random = self.random
        kind = random.random() + depth * 0.2
        if kind < 0.5:
            names = random.sample(("a", "b", "name", '"q"', "f:g"), random.randint(0, 3))
            pad = random.choice(("", " "))
            pairs = [f"{name}: {self.flow(depth + 1)}" for name in names]
            if random.random() < self.odd:
                pairs.append("bare")
            last = "," if pairs and random.random() < 0.15 else ""
            return "{" + pad + ", ".join(pairs) + last + pad + "}"
        if kind < 0.7:
            items = [self.flow(depth + 1) for _ in range(random.randint(0, 3))]
            if random.random() < self.odd:
                items.append("k: v")
            return "[" + ", ".join(items) + "]"
        return random.choice(("1", "text", '"q, # ]"', "'s'", "null", "a b", "nginx:1.25"))

    def block_scalar(self, head: str, column: int) -> Iterator[str]:
        random = self.random
        indent = " " * column
        yield f"{head} {random.choice(('|', '>', '|-', '>-', '|+', '>+'))}{self.behind()}"
        yield f"{indent}first # content"
        for _ in range(random.randint(0, 2)):
            yield random.choice(("", f"{indent}  deeper", f"{indent}# content", indent))
        if random.random() < 0.3:
            yield ""

    def between(self, column: int) -> Iterator[str]:
        random = self.random
        while random.random() < self.comments:
            shift = random.choice((0, 0, 0, 2, -1))
            yield random.choice(("", f"{' ' * max(column + shift, 0)}{random.choice(COMMENTS)}"))

    def behind(self) -> str:
        random = self.random
        if random.random() < self.comments:
            return random.choice((" ", "   ", "\t")) + random.choice(COMMENTS)
        return random.choice(("", "", "", "", "", "  ")) if random.random() < 0.2 else ""

    def anchor(self) -> str:
        if self.random.random() >= self.odd:
            return ""
        self.anchors.append(f"n{len(self.anchors)}")
        return f" &{self.anchors[-1]}"


def places(value: Value) -> Iterator[Value]:
    """Every place below a value, read as the API server does."""
    stack = [value]
    seen = 0
    while stack and seen < 2_000:
        place = stack.pop()
        seen += 1
        if place.pointer:
            yield place
        if len(place.pointer) < 12:
            stack.extend(place.items())
            stack.extend(child for _, child in place.entries())


def operations(document: Document, random: Random) -> list[Operation]:
    """One to three changes somewhere in a document."""
    every = [*places(root(document))]
    named = [place for place in every if isinstance(place.pointer[-1], str)]
    lists = [place for place in every if isinstance(place.node, SequenceNode)]
    mappings = [root(document), *(place for place in every if place.is_mapping)]
    changes: list[Operation] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        mapping = random.choice(mappings)
        siblings = tuple(name for name, _ in mapping.entries())
        after = tuple(random.sample(siblings, min(len(siblings), 2)))
        new = (*mapping.pointer, "new", *random.choice(((), (), ("deeper", "down"))))
        kind = random.random()
        if lists and random.random() < 0.2:
            changes.append(Append(random.choice(lists).pointer, random.choice(ITEMS)))
            continue
        if kind < 0.4 or not named:
            changes.append(Set(new, random.choice(VALUES), after))
            continue
        place = random.choice(named)
        if kind < 0.6:
            key = random.choice((None, None, "renamed"))
            changes.append(Set(place.pointer, random.choice(VALUES), key=key))
        elif kind < 0.8:
            changes.append(Delete(place.pointer))
        else:
            changes.append(Move(place.pointer, new, after, random.choice((None, None, 7))))
    return [change for index, change in enumerate(changes) if change not in changes[:index]]


def changed(document: Document, wanted: Sequence[Operation]) -> str:
    """The text of a document with the changes made and proved."""
    planned = plan(document, wanted)
    return prove(document, planned.changes, planned.edits)


def read(data: bytes) -> list[Document]:
    source = decode(data, "fuzz.yaml")
    return [
        document for chunk in split_documents(source.text) for document in documents(source, chunk)
    ]


def mutated(text: str, random: Random) -> str:
    """A text with some characters or lines out of place."""
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(text))
        end = min(len(text), at + random.randint(0, 6))
        noise = random.choice(NOISE)
        match random.randint(0, 3):
            case 0:
                text = text[:at] + noise + text[at:]
            case 1:
                text = text[:at] + text[end:]
            case 2:
                text = text[:at] + noise + text[end:]
            case _:
                lines = text.split("\n")
                random.shuffle(lines) if random.random() < 0.1 else lines.insert(0, lines.pop())
                text = "\n".join(lines)
    return text


def one(random: Random) -> tuple[bytes, Callable[[], str]]:
    """An input, and what is done with it."""
    kind = random.random()
    if kind < 0.1:
        noise = random.randbytes(random.randint(0, 200))
    elif kind < 0.2:
        characters = " \n-:{}[],&*#'\"ab1|>?!%\t"
        noise = "".join(random.choices(characters, k=random.randint(0, 80))).encode()
    else:
        text = manifest(random)
        noise = (mutated(text, random) if kind < 0.7 else text).encode()

    def run() -> str:
        try:
            found = read(noise)
        except (NotText, YamlError) as error:
            return type(error).__name__
        outcome = "no document"
        for document in found:
            try:
                changed(document, operations(document, random))
                outcome = "proved"
            except Refused:
                outcome = "refused"
        return outcome

    return noise, run


def _too_slow(signum: int, frame: object) -> None:
    raise TimeoutError(f"took longer than {SECONDS_FOR_ONE} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_slow)
    counts: Counter[str] = Counter()
    for part in (one, texts.one):
        until = time.monotonic() + options.seconds / 2
        seed = options.seed
        while time.monotonic() < until:
            noise, run = part(Random(seed))
            signal.alarm(SECONDS_FOR_ONE)
            try:
                counts[run()] += 1
            except BaseException:
                print(f"{part.__module__}, seed {seed}: {noise!r}", file=sys.stderr)
                raise
            finally:
                signal.alarm(0)
            seed += 1
    print(f"{counts.total():,} inputs")
    for outcome, count in counts.most_common():
        print(f"{count:8,}  {outcome}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
