"""ruamel.yaml's parser says what ruamel.yaml says, which is whole for whoever asks for more."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from random import Random
from textwrap import dedent
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from k8slint.manifest import ruamel as ours
from k8slint.manifest.ruamel import parse_events
from tests.command import environment
from tests.fuzz import manifest

TEXTS = (
    "{a: 1, b:2}\n",
    "%YAML 1.1\n---\n{a: 1, b:2}\n--- {a?: b}\n",
    "%YAML 1.2\n%TAG !e! tag:e.com,2000:\n--- !e!a\nb: !!str c\n...\n",
    "%YAML 2.0\n---\na\n",
    "%TAG ! a\n%TAG ! b\n---\na\n",
    "a: &b {c: *b}\nd: *b\n",
    "a: 'b\n  c'\n? d\n: |\n  e\n\n\nf: g\n\n",
    'a: "b\\tc\n\n  d"\ne: >-\n  f\n\n  g\n',
    "- a\n -b\n",
    f"{'a' * 1025}: b\n",
    "a: [\n",
    "a:\n\tb\n",
    "a: \x00",
    "a\r\nb: c\x85d\n",
    "",
)
INSERTED = (
    "\t",
    ":",
    "- ",
    "&a ",
    "*a",
    "? ",
    "'",
    '"',
    "[",
    "}",
    "\n...\n",
    "\n---\n",
    "|\n",
    "#",
)


def test_it_reads_the_same() -> None:
    read = {text: (events(by_yaml, text), events(parse_events, text)) for text in texts()}
    assert [text for text, (wanted, found) in read.items() if wanted != found] == []
    refused = sum(isinstance(wanted, str) for wanted, _ in read.values())
    assert refused > 20
    assert len(read) - refused > 40


@pytest.mark.parametrize("text", ["a: [b]\n", "a: [b\n", "a: \x00\n"])
def test_no_parser_becomes_garbage(text: str) -> None:
    """A run collects none."""
    gc.disable()
    events(parse_events, text)
    assert [one for one in gc.get_objects() if isinstance(one, ours._Parser)] == []


def texts() -> Iterator[str]:
    yield from TEXTS
    for seed in range(40):
        random = Random(seed)
        text = manifest(random)
        at = random.randrange(len(text))
        yield text
        yield text[:at] + random.choice(INSERTED) + text[at:]


def by_yaml(text: str) -> Iterable[Any]:
    yield from YAML(typ="safe", pure=True).parse(text)


def events(read: Callable[[str], Iterable[Any]], text: str) -> list[object] | str:
    try:
        return [*map(said, read(text))]
    except YAMLError as error:
        return f"{type(error).__name__} {error}"


def said(one: Any) -> object:
    """All that an event, a mark or a tag holds, but for the text that a mark is in."""
    kinds = type(one).__mro__
    names = {name for kind in kinds for name in getattr(kind, "__slots__", ())}
    names |= vars(one).keys() if hasattr(one, "__dict__") else set()
    if not names:
        return one
    held = {name: said(getattr(one, name)) for name in names - {"buffer"} if hasattr(one, name)}
    return kinds[0].__name__, held


CASES = {
    "only the parser": (
        """
        import sys
        from k8slint.manifest.ruamel import parse_events
        print(len(parse_events("a")), "ruamel.yaml.main" in sys.modules)
        """,
        "5 False",
    ),
    "a rule that loads and dumps": (
        """
        import sys
        from k8slint.manifest.ruamel import parse_events
        import ruamel.yaml
        ruamel.yaml.YAML().dump(ruamel.yaml.YAML(typ="safe", pure=True).load("a: 1"), sys.stdout)
        print(hasattr(ruamel.yaml, "nothing"))
        """,
        "a: 1 False",
    ),
    "a rule that imports names": (
        """
        from k8slint.manifest.ruamel import RuamelError
        from ruamel.yaml import YAML, YAMLError
        try:
            YAML().load("a: [")
        except YAMLError as error:
            print(isinstance(error, RuamelError))
        """,
        "True",
    ),
    "another ruamel.yaml, of other modules": (
        """
        import sys
        sys.modules["ruamel.yaml.reader"] = None
        from k8slint.manifest.ruamel import parse_events
        print(len(parse_events("a")), "ruamel.yaml.main" in sys.modules)
        """,
        "5 True",
    ),
    "a library, which leaves the package alone": (
        """
        k8slint.is_program = False
        from k8slint.manifest.ruamel import parse_events
        import ruamel.yaml
        print(len(parse_events("a")), "YAML" in vars(ruamel.yaml))
        """,
        "5 True",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_package_is_whole_when_it_is_asked_for_more(case: str) -> None:
    program, printed = CASES[case]
    done = subprocess.run(
        [sys.executable, "-c", f"import k8slint\nk8slint.is_program = True\n{dedent(program)}"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout.split()) == ("", printed.split())
