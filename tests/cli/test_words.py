"""Ordinary calls are read without typer, exactly as typer reads them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer._click.exceptions import ClickException

from k8slint.cli import find_call
from k8slint.cli.commands import COMMANDS, load_command
from k8slint.cli.in_typer import build_command
from k8slint.cli.options import CommandGroup, Option, Subcommand
from k8slint.cli.words import read_options
from tests.command import k8slint, make


def every_command() -> dict[str, Subcommand]:
    found: dict[str, Subcommand] = {}
    for name in COMMANDS:
        command = load_command(name)
        found |= command.commands if isinstance(command, CommandGroup) else {name: command}
    return found


EVERY = every_command()
VARIABLES = ("K8SLINT_CONFIG", "K8SLINT_OUTPUT_FORMAT")
heard: list[tuple[Any, set[str]]] = []


@cache
def typer_command(name: str) -> Any:
    def hear(options: Any, by_environment: Collection[str]) -> int:
        heard.append((options, {*by_environment}))
        return 0

    return build_command(name, EVERY[name]._replace(run=hear))


def read_by_typer(name: str, words: Sequence[str]) -> tuple[Any, set[str]] | str:
    """What typer reads; the reason where it takes the call for a mistake."""
    heard.clear()
    try:
        typer_command(name).main([*words], prog_name=name, standalone_mode=False)
    except ClickException as error:
        return error.message
    (read,) = heard
    return read


def read_ours(name: str, words: Sequence[str]) -> tuple[Any, set[str]] | None:
    call = read_options(EVERY[name], words)
    return call and (call.options, {*call.by_environment})


def in_environment(**variables: str) -> Any:
    kept = {name: text for name, text in os.environ.items() if name not in VARIABLES}
    return mock.patch.dict(os.environ, kept | variables, clear=True)


# Read without typer.
ORDINARY = (
    "check",
    "check .",
    "check -",
    "check --",
    "check -- --fix -q -",
    "check a.yaml --fix b.yaml -- --c.yaml",
    "check -q -j4 x",
    "check -j 4 --jobs 2 --jobs=3",
    "check --quiet --quiet --verbose -v",
    "check --select GS1,GS2 --select=GS3 --select ALL --ignore x",
    "check --output-format json --output-format sarif=a=b.sarif",
    "check --fail-on error --color never --config c.yaml --rules a --rules b",
    "check --set a=b --set=c=d --values v.yaml --render",
    "check --stdin-filename a -",
    "explain",
    "explain GS101 --output-format json",
    "facts nginx:1.27 deploy --output-format json --isolated",
    "timeline --trigger node-shutdown --grace 0 --grace 40",
    "drill web.yaml --hold 2.5 --load http://localhost/ -- python -m app --port=8080 -- x",
    "drill --docker web:1",
    "drill -- ls",
    "show",
    "show deploy --isolated",
    "schema --rules own",
    "init",
    "init folder",
)
# Left to typer: mistakes, help, and what is rare.
LEFT = (
    *("check --help", "check -h", "check --nope", "check --unsafe", "check --fix=1", "check -x"),
    *("check -qv", "check -q1", "check -j", "check -j -1", "check -jx", "check --jobs 1.5"),
    *("check --select", "check --select=", "check --select -x", "check --fail-on Error"),
    *("facts --output-format svg", "facts --help"),
    *("check --color=red", "check --rules=", "explain GS101 GS102", "timeline --grace -1"),
    *("drill a b", "drill --hold x -- a", "drill --hold -1 -- a", "drill -- ''"),
    *("show a b", "schema path", "init a b", "check ''", "check -- ''"),
)
# Words that one reader or the other might take in another way.
ODD = (
    *("a.yaml", "-", "--", "", "4", "-1", "+4", " 4", "4_0", "٤", "1.5", "x=y", "error", "never"),
    *("-j4", "-j=4", "-qv", "-vj2", "-q=1", "--fix=", "--unsafe", "--no-fix", "--jobs=", "-h"),
    *(
        "--select=-x",
        "--output-format=json",
        "json",
        "node-shutdown",
        "NEVER",
        "--=",
        "-é",
        "\udcff",
    ),
)


def flags(command: Subcommand) -> list[str]:
    declared = (
        (name, about.__metadata__[0]) for name, about in command.options.__annotations__.items()
    )
    return [
        flag for name, one in declared if isinstance(one, Option) for flag in one.flags_for(name)
    ]


@pytest.mark.parametrize("line", ORDINARY)
def test_typer_reads_the_same(line: str) -> None:
    name, *words = shlex.split(line)
    ours = read_ours(name, words)
    assert ours
    assert repr(ours) == repr(read_by_typer(name, words))


@pytest.mark.parametrize("line", LEFT)
def test_the_rest_is_left_to_typer(line: str) -> None:
    name, *words = shlex.split(line)
    assert read_ours(name, words) is None


@given(st.data())
def test_no_call_is_read_in_another_way(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*EVERY]))
    word = st.sampled_from((*flags(EVERY[name]), *ODD)) | st.text(max_size=3)
    words = data.draw(st.lists(word, max_size=6))
    texts = st.sampled_from(["", " ", "json", "json\tsarif=x", "-", "--fix", "a b"])
    variables = data.draw(st.dictionaries(st.sampled_from(VARIABLES), texts))
    with in_environment(**variables):
        ours = read_ours(name, words)
        if ours:
            assert repr(ours) == repr(read_by_typer(name, words))


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("check a.yaml", True),
        ("config show", True),
        *((line, False) for line in ("", "--version", "-h", "config", "config --help", "chek")),
    ],
)
def test_what_is_no_command_is_left_to_typer(line: str, is_ours: bool) -> None:
    assert (find_call(line.split()) is not None) == is_ours


def test_completion_is_left_to_typer() -> None:
    with mock.patch.dict(os.environ, {"_K8SLINT_COMPLETE": "complete_bash"}):
        assert find_call(["check", "--fi"]) is None
        assert find_call(["check", "--fix"]) is None


def test_where_no_shell_expands_typer_does() -> None:
    with mock.patch.object(os, "name", "nt"):
        assert find_call(["check", "*.yaml"]) is None
        assert find_call(["check", "a.yaml"])


@pytest.mark.parametrize("words", [["check", "--quiet"], ["check", "-qv"]])
def test_an_option_that_is_a_file_is_refused(tmp_path: Path, words: list[str]) -> None:
    """By both readers, and before anything is read."""
    make(tmp_path, dict.fromkeys(words, ""))
    ran = k8slint(tmp_path, *words)
    assert (ran.code, ran.out) == (2, b"")
    assert f"{words[1]} is also the name of a file here" in ran.err
