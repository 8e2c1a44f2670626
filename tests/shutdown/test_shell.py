"""What a hook's command does and how long it takes, read from its text."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.shutdown.shell import (
    Afterwards,
    Intention,
    Reading,
    grammar,
    launch,
    programs,
    read,
    read_intention,
    reader,
    windows,
)
from k8slint.shutdown.shell.clients import CLIENTS, STOPPERS
from k8slint.shutdown.shell.nodes import CommandReader
from k8slint.shutdown.shell.state import State
from k8slint.shutdown.words import SHELLS
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME
from tests.places import ROOT
from tests.tables import table
from tests.tiers import long_except

TABLE = table("hooks.yaml")
HOOKS: list[dict[str, Any]] = TABLE["hooks"]


def command_of(hook: dict[str, Any]) -> list[str]:
    return hook.get("command") or ["sh", "-c", hook["script"]]


def described(reading: Reading, meant: Intention | None) -> dict[str, Any]:
    """A reading in the words of the table."""
    takes = reading.takes
    row: dict[str, Any] = {"takes": str(takes)}
    if not takes.is_known:
        row["takes"] += f" {takes.kind.name.lower()}"
        row["why"] = takes.why
    if reading.is_pure_sleep:
        row["pure"] = True
    if meant:
        kind = "" if meant.takes.is_known else f" {meant.takes.kind.name.lower()}"
        row["intended"] = f"{meant.takes}{kind} when {' and '.join(meant.provided)}"
    if reading.broken:
        row["broken"] = [broken.place.text for broken in reading.broken]
        if reading.broken[0].repair:
            row["repair"] = list(reading.broken[0].repair)
    if reading.signals:
        row["signals"] = [
            f"{sent.name} {sent.pid or sent.program} {sent.afterwards.name.lower()}"
            for sent in reading.signals
        ]
    if reading.endless:
        row["endless"] = [endless.place.text.split("\n")[0] for endless in reading.endless]
    return row


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(command_of(hook))[:60])
def test_table(hook: dict[str, Any]) -> None:
    expected = {key: value for key, value in hook.items() if key not in {"script", "command"}}
    command, env = command_of(hook), TABLE["env"]
    reading = read(command, env)
    assert described(reading, read_intention(reading, command, env)) == expected


def test_what_is_meant_is_read_once_somebody_asks() -> None:
    command = ["sh", "-c", "a && sleep 5"]
    with mock.patch.object(reader, "_follow", wraps=reader._follow) as follow:
        reading = read(command, {})
        assert follow.call_count == 1
        meant = read_intention(reading, command, {})
        assert follow.call_count == 2
    assert meant
    assert (meant.takes.low, meant.provided) == (5, ("`a` succeeds",))


def test_what_has_no_conditions_is_meant_as_it_stands() -> None:
    command = ["sh", "-c", "sleep 5; true"]
    with mock.patch.object(reader, "_follow", wraps=reader._follow) as follow:
        assert read_intention(read(command, {}), command, {}) is None
        assert follow.call_count == 1


def test_every_client_has_an_example() -> None:
    commands = [" ".join(command_of(hook)) for hook in HOOKS]
    for client in CLIENTS:
        words = client.words.split()
        assert any(all(word in command for word in words) for command in commands), client.words


@pytest.mark.parametrize("command", ["{ true; }; ", "(true verify); "])
def test_only_what_is_open_counts_as_nesting(command: str) -> None:
    script = f"{command * (grammar.MAX_NESTING + 1)}sleep 5"
    assert read(["sh", "-c", script], {}).takes.low == 5


def test_conditions_nest_too() -> None:
    levels = grammar.MAX_NESTING + 1
    script = f"{'if true; then ' * levels}sleep 5; {'fi; ' * levels}"
    assert "nests deeper" in read(["sh", "-c", script], {}).takes.why


def test_what_returns_at_once_does_nothing_else() -> None:
    others = {*programs._PROGRAMS, *STOPPERS, *WRAPPERS_BY_NAME, *SHELLS}
    others |= windows._PROGRAMS | launch._OPAQUE
    assert others & programs.AT_ONCE == {"printf"}


def test_the_table_is_long_enough() -> None:
    assert len({tuple(command_of(hook)) for hook in HOOKS}) >= 150


def test_a_repair_is_not_broken() -> None:
    repaired = [hook["repair"] for hook in HOOKS if "repair" in hook]
    assert repaired
    for command in repaired:
        assert not read(command, TABLE["env"]).broken


def test_a_place_is_where_the_text_stands() -> None:
    script = "echo héllo\nif true; then\n  kill -QUIT 1\nfi\nsleep $X\n"
    (signal,) = read(["sh", "-c", script], {"X": "5x"}).signals
    place = signal.place
    assert (place.argument, place.line, place.column) == (2, 3, 3)
    assert script[place.start : place.end] == place.text == "kill -QUIT 1"
    (broken,) = read(["sh", "-c", script], {"X": "5x"}).broken
    assert (broken.place.line, broken.place.column, broken.place.text) == (5, 7, "$X")


@pytest.mark.parametrize(
    ("script", "takes"),
    [
        ("echo ünïcödé; sleep 5", 5),
        ("é=5; sleep 4", None),
        ("N=ж; [ $N = ж ] && sleep 3", 3),
        ("case ж in ж*) sleep 2;; esac", 2),
        ("case ж in %) sleep 2;; esac; sleep 1", 1),
        ("cat <<Ж\n$(sleep 3)\nЖ\nsleep 1", 4),
        ("echo '😀' | sleep 6", 6),
    ],
)
def test_characters_beyond_ascii_are_what_they_are(script: str, takes: int | None) -> None:
    found = read(["sh", "-c", script], {}).takes
    assert (found.low if found.is_exact else None) == takes


@pytest.mark.parametrize(
    ("script", "after", "sleeps_first"),
    [
        ("sleep 5; kill 1", "5", True),
        ("kill 1; sleep 5", "0", False),
        ("if [ -f /x ]; then sleep 3; fi; kill 1", "0 to 3", False),
        ("some-tool; sleep 2; kill 1", "at least 2", True),
        ("timeout 9 sh -c 'sleep 2; kill 1'", "2", True),
    ],
)
def test_when_a_signal_is_sent(script: str, after: str, sleeps_first: bool) -> None:
    reading = read(["sh", "-c", script], {})
    assert str(reading.signals[0].after) == after
    assert reading.sleeps_first is sleeps_first


@pytest.mark.parametrize(
    ("script", "afterwards"),
    [
        ("nginx -s quit", Afterwards.RETURNS),
        ("nginx -s quit; wait", Afterwards.RETURNS),
        ("pgrep nginx; nginx -s quit; echo done", Afterwards.RETURNS),
        ("if [ -f /x ]; then nginx -s quit; else sleep 5; fi", Afterwards.RETURNS),
        ("nginx -s quit; some-tool", Afterwards.GOES_ON),
        ("nginx -s quit; sleep 5", Afterwards.SLEEPS),
        ("nginx -s quit; tail --pid=7 -f /dev/null", Afterwards.WATCHES),
        ("nginx -s quit; while [ -e /run/nginx.pid ]; do sleep 1; done", Afterwards.WATCHES),
        ("nginx -s quit; for i in 1 2 3; do pgrep nginx || exit; sleep 1; done",
         Afterwards.WATCHES),
        ("while pgrep nginx; do nginx -s quit; sleep 1; done", Afterwards.WATCHES),
    ],
)  # fmt: skip
def test_whether_it_waits(script: str, afterwards: Afterwards) -> None:
    assert read(["sh", "-c", script], {}).signals[0].afterwards is afterwards


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        (["sleep", "5"], ("sleep",)),
        (["/bin/sh", "-c", "sleep 5; kill 1; echo x"], ("/bin/sh", "sleep")),
        (["kill", "1"], ("kill",)),
        (["env", "timeout", "5", "nginx", "-s", "quit"], ("env", "timeout", "nginx")),
        (["sh", "-c", "sh -c 'nc localhost 80'"], ("sh", "nc")),
    ],
)
def test_what_it_needs(command: list[str], needs: tuple[str, ...]) -> None:
    assert read(command, {}).needs == needs


NASTY = {
    "megabyte": "sleep 1; " * 120_000,
    "brackets": "$(" * 3_000,
    "closed brackets": "(" * 150 + "sleep 1" + ")" * 150,
    "quotes": '"$(' * 150,
    "ifs": "if true; then " * 190 + "sleep 1; " + "fi; " * 190,
    "arithmetic": "sleep $((" + "(" * 90 + "1" + ")" * 90 + "))",
    "long line": "echo " + "a" * 60_000,
    "binary": bytes(range(256)).decode("latin-1") * 100,
    "lone surrogate": "sleep \udcff",
    "private use": "{\U000f0000",
    "many planes": "\U00010e6d $\x8aS c{\U00036a71\xe8{{\U000977b7\x88\U000efa4a\tP<k",
    "counting": "i=0; while [ $i -lt 99999999 ]; do i=$((i+1)); done",
    "nested counting": "for a in $(seq 300); do for b in $(seq 300); do :; done; done",
    "doubling": "f() { g; g; }; g() { h; h; }; h() { f; f; }; f",
    "doubling text": "a=x; " + "a=$a$a; " * 60 + "echo $a",
    "eval": 'x=\'eval "$x"\'; eval "$x"',
    "shells": "sh -c '" * 30 + "sleep 1" + "'" * 30,
    "blanks": "a" + " " * 60_000 + "|",
    "plain list": "a;" * 30_000,
    "branches": "if [ -f a ]; then x=1; else x=2; fi; " * 600,
}


# Depth, length and rounds, once each.
SOON = ("brackets", "quotes", "arithmetic", "lone surrogate", "counting", "doubling", "eval")


@pytest.mark.parametrize("name", long_except(NASTY, *SOON))
def test_no_text_hangs_it(name: str) -> None:
    script = NASTY[name]
    begun = time.process_time()
    reading = read(["sh", "-c", script], {})
    assert reading.takes.why or reading.takes.is_known
    assert time.process_time() - begun < 5


WORDS = "if then fi while do done case esac in for i f() eval exec kill timeout sleep 5"
MARKS = "; & && || | ( ) { } $( ` ' \" $(( )) <<E E $X ${X:-3} [ ] = ! # > < \\"
SIGNS = [*WORDS.split(" "), *MARKS.split(" "), "\n"]


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(SIGNS),
            max_size=25,
        ).map(" ".join),
    )
)
def test_no_text_crashes_it(script: str) -> None:
    for command in (["sh", "-c", script], ["bash", "-c", script], [script], ["sleep", script]):
        takes = read(command, {"X": "2"}).takes
        assert takes.low <= takes.high


@pytest.mark.parametrize(
    ("command", "loads"),
    [
        (["sleep", "5"], False),
        (["sh", "-c", "sleep 5"], False),
        (["/bin/sh", "-c", "nodetool drain"], False),
        (["/stop.sh"], False),
        (["sh", "-c", "sleep 5; nginx -s quit && sleep 2"], False),
        (["sh", "-c", "sleep 5; nginx -s quit > /dev/null"], True),
    ],
)
def test_the_grammar_is_loaded_only_for_a_script(command: list[str], loads: bool) -> None:
    code = (
        "import sys; from k8slint.shutdown.shell import read; "
        f"read({command!r}, {{}}); print('tree_sitter._binding' in sys.modules)"
    )
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == str(loads), done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["sleep", "5"],
        ["/bin/sleep", "30"],
        ["sh", "-c", "sleep 7"],
        ["/bin/bash", "-c", "sleep 1"],
    ],
    ids=" ".join,
)
def test_the_short_way_reads_what_the_long_way_reads(command: list[str]) -> None:
    assert read(command, {}) == reader.read(command, {})


PLAIN = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "sleep", "-x=1", "if", "/b", "export", "5"]), min_size=1),
        st.sampled_from([";", " && ", "\n", "||\n ", " ; ", "&&", "\n\n", "\n&& ", "&"]),
    ),
    min_size=1,
    max_size=5,
)


@given(PLAIN, st.booleans())
def test_plain_lists_are_read_as_the_grammar_reads_them(
    parts: list[tuple[list[str], str]], ends: bool
) -> None:
    script = "".join(" ".join(words) + mark for words, mark in parts)
    script = f"{script}end" if ends else script
    plain = grammar.read_plain(script)
    if plain is None:
        return
    root = grammar._parser().parse(script.encode()).root_node
    assert not root.has_error
    whole = CommandReader(script, script.encode()).read_block(root.children)
    assert _all_of(plain) == _all_of(whole)


def _all_of(node: object) -> object:
    """A tree as data that can be compared."""
    if isinstance(node, tuple):
        return type(node).__name__, [_all_of(one) for one in node]
    if isinstance(node, (str, int, type(None))):
        return node
    return type(node).__name__, {name: _all_of(one) for name, one in vars(node).items()}


def test_a_copy_of_a_shell_holds_all_that_it_holds() -> None:
    shell = State({})
    assert vars(shell.copy()) == vars(shell)
