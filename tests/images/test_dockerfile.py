"""Dockerfiles: what each says of its image, and that none takes long or raises."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from k8slint.images.dockerfile import BuiltImage, read_dockerfile
from k8slint.images.fact import Strength
from k8slint.outside.files import DOCKERFILE_LIMIT
from tests.tables import TableLoader, check_keys
from tests.tiers import long_except

CASES: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "data" / "dockerfiles.yaml").read_text(encoding="utf-8"), TableLoader
)
KEYS = (
    *("target", "arguments", "entrypoint", "cmd", "wraps", "env", "line", "signal"),
    *("shell", "why", "strength"),
)
WORDS = (
    *("FROM ", "alpine", "node:24", "AS ", "x", "CMD ", "ENTRYPOINT ", "ENV ", "ARG ", "SHELL "),
    *("STOPSIGNAL ", "ONBUILD ", "RUN ", "COPY ", "<<EOF", "EOF", "\n", "\r\n", "\\\n", "`", "#"),
    *(
        '["a"]',
        "['a']",
        "a=$b",
        "${b:-c}",
        "${b#*}",
        "$",
        '"',
        "'",
        "# escape=`\n",
        "# syntax=a\n",
    ),
    *("--platform=a ", "\ufeff", "\0", "\t", " "),
)


def listed(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else [*words]


@pytest.mark.parametrize("name", CASES)
def test_what_a_dockerfile_says(name: str) -> None:
    case = CASES[name]
    check_keys(case, name, ("text",), KEYS)
    read = read_dockerfile(
        case["text"], "app/Dockerfile", case.get("target", ""), case.get("arguments")
    )
    assert (read.line, read.why) == (case.get("line", 0), case.get("why", ""))
    config = read.config
    if config is None:
        assert not {"entrypoint", "cmd", "signal", "shell", "env"} & case.keys()
        return
    assert listed(config.entrypoint) == case.get("entrypoint")
    assert listed(config.cmd) == case.get("cmd")
    assert (config.stop_signal, config.shell) == (case.get("signal"), case.get("shell"))
    assert config.wraps == case.get("wraps")
    if "env" in case:
        assert dict(config.env or ()) == case["env"]
    assert str(config.fact.strength) == case.get("strength", "image")
    if config.fact.strength is Strength.IMAGE:
        place = f"app/Dockerfile:{read.line}" if read.line else "app/Dockerfile"
        assert config.fact.source == place


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=40).map("".join))
def test_no_text_raises(text: str) -> None:
    read = read_dockerfile(text, "Dockerfile")
    assert isinstance(read, BuiltImage)
    assert read.line <= text.count("\n") + 1
    assert read.why or (read.config and read.config.entrypoint is not None)


# What each is about, and why it says nothing; empty where it is only large.
LARGE = {
    "lines that go on": ("FROM scratch\nCMD a" + " \\\nb" * 20_000, ""),
    "a directive": (f"# syntax=docker/dockerfile{' ' * 9900}b\nFROM scratch", ""),
    "an escape": (f"# escape=a{' ' * 9900}b\nFROM scratch", "Dockerfile parse error on line 1"),
    "a long line": (f"FROM scratch\nCMD {'a' * 10_000}", "a line has more than 10,000"),
    "a large file": ("FROM scratch\n" * 8000, "it has more than 100,000 characters"),
    "variables that double": (
        "FROM scratch\nENV a0=xx\n" + "".join(f"ENV a{n + 1}=$a{n}$a{n}\n" for n in range(900)),
        "",
    ),
    "variables in a line": (
        f"FROM scratch\nENV a={'x' * 900}\n" + f"ENV b={'$a' * 4900}\n" * 9,
        "it takes too long",
    ),
    "variables of many stages": (
        "FROM scratch AS a\n"
        + "".join(f"ENV a{n}=1\n" for n in range(2000))
        + "FROM a AS a\n" * 5000,
        "it takes too long",
    ),
    "triggers": ("FROM scratch AS a\n" + "ONBUILD CMD a\n" * 2000 + "FROM a\n" * 5000, "it takes"),
    "nested defaults": (f"FROM scratch\nENV b={'${a:-' * 1900}", ""),
    "a pattern": (f"FROM scratch\nENV a={'a' * 900} b=${{a#{'*a' * 900}b}}", ""),
    "brackets": (f"FROM scratch\nCMD {'[' * 9900}", "maximum recursion depth exceeded"),
    "heredocs": (f"FROM scratch\nRUN {'<<a ' * 2400}\n" + "a\n" * 2400, ""),
}


@pytest.mark.parametrize(
    "name",
    long_except(LARGE, "lines that go on", "a large file", "variables that double", "heredocs"),
)
def test_none_takes_long(name: str) -> None:
    text, why = LARGE[name]
    assert len(text) <= DOCKERFILE_LIMIT or why.startswith("it has more")
    start = time.process_time()
    read = read_dockerfile(text, "Dockerfile")
    assert time.process_time() - start < 2
    assert read.why.startswith(why)
    assert bool(why) == bool(read.why)
