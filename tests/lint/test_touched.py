"""`--changed`: only what a change touches is reported, and git obeys no stranger."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from k8slint.git.history import History
from k8slint.lint.touched import touched_lines
from tests.command import check, k8slint, make
from tests.manifests import CLEAN, ERROR, SERVICE, WEB, pod

Need = Callable[[str], str]

TWO = f"{ERROR}---\n{ERROR.replace('name: web', 'name: other')}"

# What is committed, what is there then, and the places that are reported.
CASES: dict[str, tuple[Mapping[str, str], Mapping[str, str], Sequence[str]]] = {
    "nothing": ({"a.yaml": ERROR}, {}, []),
    "a new file": ({"a.yaml": ERROR}, {"b.yaml": ERROR}, ["b.yaml"]),
    "one of two objects": (
        {"a.yaml": TWO},
        {"a.yaml": TWO.replace("name: other", "name: third")},
        ["a.yaml other"],
    ),
    "a line of an object": ({"a.yaml": ERROR}, {"a.yaml": f"{ERROR}# a comment\n"}, ["a.yaml"]),
    "a removed line": (
        {"a.yaml": f"{CLEAN}---\n{ERROR}# a comment\n---\n{CLEAN}"},
        {"a.yaml": f"{CLEAN}---\n{ERROR}---\n{CLEAN}"},
        ["a.yaml"],
    ),
    "a removed object": (
        {"a.yaml": f"{ERROR}---\n{CLEAN}"},
        {"a.yaml": ERROR},
        [],
    ),
    "a Service of its pods": ({"a.yaml": WEB}, {"b.yaml": SERVICE}, ["a.yaml"]),
    "the pods of a Service": (
        {"a.yaml": WEB, "b.yaml": SERVICE},
        {"a.yaml": WEB.replace("web:1", "web:2")},
        ["a.yaml"],
    ),
    "line ends alone": ({"a.yaml": ERROR}, {"a.yaml": ERROR.replace("\n", "\r\n")}, []),
}


def git(folder: Path, *arguments: str) -> None:
    user = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *user, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, files: Mapping[str, str]) -> None:
    if not (folder / ".git").exists():
        folder.mkdir(exist_ok=True)
        git(folder, "init", "-q", "-b", "main")
    make(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a")


@pytest.mark.parametrize("name", CASES)
def test_only_what_a_change_touches_is_reported(tmp_path: Path, need: Need, name: str) -> None:
    need("git")
    before, now, expected = CASES[name]
    commit(tmp_path, before)
    make(tmp_path, now)
    done = check(tmp_path, "--isolated", "--changed", ".")
    assert sorted({place.partition(":")[0] for place in done.places}) == sorted(
        {place.partition(" ")[0] for place in expected}
    )
    assert len(done.places) == len(expected)
    assert done.code == bool(expected)


def test_a_branch_is_compared_with_where_it_began(tmp_path: Path, need: Need) -> None:
    need("git")
    commit(tmp_path, {"old.yaml": ERROR})
    git(tmp_path, "checkout", "-q", "-b", "topic")
    commit(tmp_path, {"mine.yaml": ERROR})
    git(tmp_path, "checkout", "-q", "main")
    commit(tmp_path, {"theirs.yaml": ERROR})
    git(tmp_path, "checkout", "-q", "topic")
    assert check(tmp_path, "--changed", ".").places == []
    done = check(tmp_path, "--changed=main", ".")
    assert [place.partition(":")[0] for place in done.places] == ["mine.yaml"]
    below = check(tmp_path, "--changed=main", "mine.yaml")
    assert below.places == done.places


MISTAKES = {
    ("--changed=none",): "no commit is called 'none' in ",
    ("--changed=--upload-pack=x",): "no commit is called '--upload-pack=x' in ",
    ("--changed", "--fix"): "--fix and --diff are about whole files",
    ("--changed", "--write-baseline"): "it cannot be used with --changed",
    ("--changed", "-"): "--changed needs files",
    (
        "--changed",
        "main",
    ): "to name a commit, use --changed=COMMIT",
    ("--changed", "gone.yaml"): "gone.yaml: no such file or folder\n",
}


@pytest.mark.parametrize("options", MISTAKES, ids=" ".join)
def test_a_mistake_is_said(tmp_path: Path, need: Need, options: Sequence[str]) -> None:
    need("git")
    commit(tmp_path, {"a.yaml": ERROR})
    done = k8slint(tmp_path, "check", *options)
    assert done.code == 2
    assert MISTAKES[tuple(options)] in done.err


def test_no_history_is_said(tmp_path: Path) -> None:
    done = k8slint(tmp_path, "check", "--changed", ".")
    assert (done.code, done.text) == (2, "")
    assert "--changed needs a git repository" in done.err


# What a repository's own configuration and attributes can name as a program.
PROGRAMS = {
    "fsmonitor": ("core.fsmonitor", ""),
    "a filter": ("filter.x.clean", "* filter=x\n"),
    "a text conversion": ("diff.x.textconv", "* diff=x\n"),
    "a diff": ("diff.x.command", "* diff=x\n"),
    "ssh for what is missing": ("core.sshCommand", ""),
    "a pager": ("core.pager", ""),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_git_runs_nothing_that_a_repository_names(tmp_path: Path, need: Need, name: str) -> None:
    need("git")
    key, attributes = PROGRAMS[name]
    root = tmp_path / "work"
    commit(root, {"a.yaml": ERROR, ".gitattributes": attributes})
    marker, program = tmp_path / "marker", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    program.chmod(0o755)
    git(root, "config", key, str(program))
    make(root, {"a.yaml": ERROR.replace("web", "shop"), "b.yaml": pod()})
    assert len(check(root, "--isolated", "--changed", ".").places) == 1
    assert not marker.exists()


def test_a_lost_object_is_not_fetched(tmp_path: Path, need: Need) -> None:
    """As in a clone without blobs, whose remote may be any program."""
    need("git")
    root = tmp_path / "work"
    commit(root, {"a.yaml": ERROR})
    marker = tmp_path / "marker"
    for key, value in (
        ("remote.origin.url", f"ext::sh -c touch% {marker}"),
        ("core.repositoryformatversion", "1"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.partialclonefilter", "blob:none"),
        ("extensions.partialClone", "origin"),
        ("protocol.ext.allow", "always"),
    ):
        git(root, "config", key, value)
    listed = subprocess.run(
        ["git", "rev-parse", "HEAD:a.yaml"], cwd=root, check=True, capture_output=True, text=True
    )
    name = listed.stdout.strip()
    (root / ".git" / "objects" / name[:2] / name[2:]).unlink()
    make(root, {"a.yaml": ERROR.replace("web", "shop")})
    done = k8slint(root, "check", "--changed", ".")
    assert done.code == 2
    assert "--changed: " in done.err
    assert not marker.exists()


def test_many_objects_with_a_change_each_take_no_minute(tmp_path: Path, need: Need) -> None:
    """It took one, as each object was compared with all changes above it."""
    need("git")
    commit(tmp_path, {"a.yaml": "".join(f"---\na: {i}\n---\nb: 1\n" for i in range(20_000))})
    make(tmp_path, {"a.yaml": "".join(f"---\na: x{i}\n---\nb: 1\n" for i in range(20_000))})
    with History(tmp_path, "HEAD") as history:
        start = time.process_time()
        touched = touched_lines(history, tmp_path, str(tmp_path / "a.yaml"))
        assert time.process_time() - start < 10
    assert [line in touched for line in range(1, 5)] == [True, True, False, False]
    assert 79_997 in touched
    assert 80_000 not in touched
