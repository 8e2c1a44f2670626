"""Manual pages and completion scripts: those in `packaging/` say what the options are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from k8slint.cli.commands import COMMANDS, load_command
from k8slint.cli.options import CommandGroup, Option
from k8slint.cli.words import _field
from tests import manual
from tests.command import environment
from tests.places import ROOT

Need = Callable[[str], str]
PAGES = [manual.PACKAGING / "man" / "k8slint.1"]
PAGES += [manual.PACKAGING / "man" / f"k8slint-{name}.1" for name in COMMANDS]


def test_what_is_generated_is_up_to_date() -> None:
    made = manual.manual() | manual.completions()
    there = {path: path.read_text(encoding="utf-8") for path in made if path.exists()}
    assert there == made, "run: make docs"
    folders = {path.parent for path in made}
    assert {path for folder in folders for path in folder.iterdir()} == {*made}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_man_shows_every_option(need: Need, page: Path) -> None:
    env = {**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    command = [need("man"), "--warnings", "--no-hyphenation", "--local-file", str(page)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    name = page.stem.partition("-")[2]
    command_of = load_command(name) if name else None
    some = command_of.commands.values() if isinstance(command_of, CommandGroup) else [command_of]
    for about in filter(None, some):
        for field, annotation in about.options.__annotations__.items():
            declared = _field(annotation).declared
            assert " ".join(declared.help.split()) in " ".join(done.stdout.split())
            if isinstance(declared, Option):
                assert all(flag in done.stdout for flag in declared.flags_for(field))
        assert all(example in done.stdout for example in about.examples)
    assert not {"\\f", "\\-", "\\("}.intersection(done.stdout)


@pytest.mark.parametrize(
    ("words", "completed"),
    [(("k8slint", "ti"), "timeline"), (("k8slint", "check", "--color", "al"), "always")],
)
def test_bash_completes(
    tmp_path: Path, need: Need, words: tuple[str, ...], completed: str
) -> None:
    program = tmp_path / "k8slint"
    program.write_text(
        f"#!{sys.executable}\nfrom k8slint.__main__ import run_as_process\nrun_as_process()\n"
    )
    program.chmod(0o755)
    script = (
        f"source {ROOT / 'packaging/completions/k8slint.bash'}; COMP_WORDS=({' '.join(words)}); "
        f"COMP_CWORD={len(words) - 1}; _k8slint_completion {program}; echo ${{COMPREPLY[@]}}"
    )
    env = environment()
    done = subprocess.run(
        [need("bash"), "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert completed in done.stdout.split()
