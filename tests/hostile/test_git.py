"""What is checked runs nothing: git, which obeys the configuration it finds, is never asked."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.command import check, k8slint, make
from tests.manifests import ERROR

Need = Callable[[str], str]


class Stranger:
    """A folder from a stranger, and the file that is there once a program of theirs has run."""

    def __init__(self, place: Path) -> None:
        self.root = place / "work"
        self.marker = place / "marker"
        self.program = place / "program"
        make(self.root, {"deploy/sub/a.yaml": ERROR})
        make(place, {"program": f"#!/bin/sh\ntouch {self.marker}\n"})
        self.program.chmod(0o755)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def git_folder(self, at: str, *config: str) -> None:
        """What git takes for a folder of its own, with more lines of its configuration."""
        core = ("[core]", "repositoryformatversion = 0", "bare = false")
        make(self.root, {f"{at}/config": "\n".join((*core, *config, ""))})
        make(self.root, {f"{at}/HEAD": "ref: refs/heads/main\n"})
        for name in ("objects", "refs"):
            (self.root / at / name).mkdir()

    @property
    def monitor(self) -> str:
        """Git runs this program to hear which files have changed."""
        return f"fsmonitor = {self.program}"


def bare(one: Stranger) -> None:
    """Can be committed to any folder, and survives a clone."""
    one.git_folder(".git")
    one.git_folder("deploy", one.monitor, "worktree = .")


def unpacked(one: Stranger) -> None:
    one.git_folder(".git", one.monitor)


def nested(one: Stranger) -> None:
    one.git_folder(".git")
    one.git_folder("deploy/.git", one.monitor)


def elsewhere(one: Stranger) -> None:
    one.git_folder("other", one.monitor)
    make(one.root, {"deploy/.git": "gitdir: ../other\n"})


def included(one: Stranger) -> None:
    make(one.root, {"more": f"[core]\n{one.monitor}\n"})
    one.git_folder(".git", "[include]", "path = ../more")


def included_on_condition(one: Stranger) -> None:
    make(one.root, {"more": f"[core]\n{one.monitor}\n"})
    one.git_folder(".git", '[includeIf "gitdir:**"]', "path = ../more")


def of_the_work_tree(one: Stranger) -> None:
    one.git_folder(".git", "[extensions]", "worktreeConfig = true")
    make(one.root, {".git/config.worktree": f"[core]\n{one.monitor}\n"})


def hook(one: Stranger) -> None:
    """A program that comes along."""
    one.git_folder(".git", "fsmonitor = .git/hooks/query-watchman")
    make(one.root, {".git/hooks/query-watchman": one.program.read_bytes()})
    (one.root / ".git" / "hooks" / "query-watchman").chmod(0o755)


def promised(one: Stranger, *config: tuple[str, str]) -> None:
    """Git fetches what is missing, to list what is in a folder that its index has as a whole."""
    make(one.root, {"other/b.yaml": ""})
    one.git("init", "-q")
    one.git("add", ".")
    one.git("commit", "-q", "-m", "x")
    one.git("sparse-checkout", "init", "--cone", "--sparse-index")
    one.git("sparse-checkout", "set", "deploy")
    missing = one.git("rev-parse", "HEAD:other")
    (one.root / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    settings = (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
    )
    for name, value in (*settings, *config):
        one.git("config", name, value)


def by_transport(one: Stranger) -> None:
    url = ("remote.origin.url", f"ext::{one.program}")
    promised(one, url, ("protocol.ext.allow", "always"))


def by_the_other_side(one: Stranger) -> None:
    url = ("remote.origin.url", str(one.root))
    promised(one, url, ("remote.origin.uploadPack", str(one.program)))


def by_ssh(one: Stranger) -> None:
    url = ("remote.origin.url", "ssh://example.com/x")
    promised(one, url, ("core.sshCommand", str(one.program)))


# What is built, and the folder that is named then.
ATTACKS: Mapping[Callable[[Stranger], None], str] = {
    bare: "deploy",
    unpacked: "deploy",
    nested: "deploy",
    elsewhere: "deploy",
    included: "deploy",
    included_on_condition: "deploy",
    of_the_work_tree: "deploy",
    hook: "deploy",
    by_transport: ".",
    by_the_other_side: ".",
    by_ssh: ".",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_runs(
    tmp_path: Path, need: Need, monkeypatch: pytest.MonkeyPatch, attack: Callable[[Stranger], None]
) -> None:
    folder = ATTACKS[attack]
    need("git")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    one = Stranger(tmp_path)
    attack(one)
    ask = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    subprocess.run(ask, cwd=one.root / folder, check=False, capture_output=True)
    assert one.marker.exists(), "git itself runs the program"
    one.marker.unlink()
    assert check(one.root, folder).places == ["deploy/sub/a.yaml:12 GS001"]
    assert not one.marker.exists()


# How a folder is reached: a configuration and where it is, the working folder, and the call.
WAYS: Mapping[str, tuple[Mapping[str, str], str, Sequence[str]]] = {
    "named": ({}, ".", ["check", "deploy"]),
    "a path below it": ({}, ".", ["check", "deploy/sub"]),
    "from inside": ({}, "deploy", ["check"]),
    "shown": ({}, ".", ["check", "--show-files", "deploy"]),
    "context of the call": ({}, ".", ["check", "--context", "deploy", "deploy/sub/a.yaml"]),
    "context of the repository": (
        {".k8slint.yaml": "context: [deploy/]\n"},
        ".",
        ["check", "b.yaml"],
    ),
    "context of standard input": (
        {"deploy/.k8slint.yaml": "context: [.]\n"},
        "deploy",
        ["check", "-"],
    ),
    "standard input": ({}, "deploy", ["check", "-"]),
    "rendered": ({}, ".", ["check", "--render", "deploy"]),
    "baseline": ({}, ".", ["check", "--write-baseline", "deploy"]),
    "timeline": ({}, ".", ["timeline", "deploy"]),
    "timeline of standard input": ({}, "deploy", ["timeline", "-"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_git_is_not_asked(tmp_path: Path, way: str) -> None:
    """Whatever it is asked: here, git is a program that leaves a mark."""
    files, folder, call = WAYS[way]
    one = Stranger(tmp_path)
    bare(one)
    make(one.root, {"b.yaml": ERROR, **files})
    make(tmp_path, {"path/git": one.program.read_bytes()})
    (tmp_path / "path" / "git").chmod(0o755)
    path = {"PATH": f"{tmp_path / 'path'}:/usr/bin:/bin"}
    ran = k8slint(one.root / folder, *call, stdin=ERROR.encode(), env=path)
    assert ran.code in (0, 1), ran.err
    assert not one.marker.exists()


SECRET = "kind: Pod\nspec: {terminationGracePeriodSeconds: s3cr3t}\n"
# Where a link in a folder of a repository leads, and whether that is inside.
LINKS: Mapping[str, bool] = {
    "../a.yaml": True,
    "../other/../a.yaml": True,
    "../../work/a.yaml": True,
    "../inner/a.yaml": True,
    "../../secret.yaml": False,
    "../other/up/secret.yaml": False,
    "../.git/secret.yaml": False,
    "../inner/.git/secret.yaml": False,
    "../../workshop/secret.yaml": False,
}


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A repository with another one inside, and what lies beside it and in the folders of git."""
    for name in ("work", "work/inner"):
        make(tmp_path, {f"{name}/.git/HEAD": "", f"{name}/a.yaml": ERROR})
        make(tmp_path, {f"{name}/.git/{part}/x": "" for part in ("objects", "refs")})
        make(tmp_path, {f"{name}/.git/secret.yaml": SECRET})
    make(tmp_path, {"secret.yaml": SECRET, "workshop/secret.yaml": SECRET, "work/other/b.txt": ""})
    (tmp_path / "work" / "other" / "up").symlink_to("../..")
    (tmp_path / "work" / "deploy").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize("target", LINKS)
@pytest.mark.parametrize("option", ["-v", "--no-gitignore"])
def test_a_link_leads_to_what_is_inside(linked: Path, target: str, option: str) -> None:
    (linked / "deploy" / "link.yaml").symlink_to(target)
    ran = check(linked, "deploy", option, "--select", "ALL")
    assert "s3cr3t" not in ran.text + ran.err
    assert ran.places == (["deploy/link.yaml:12 GS001"] if LINKS[target] else [])
    assert ("Skipped 1 link" in ran.err) is not LINKS[target]


def test_a_link_that_is_named_is_read(linked: Path) -> None:
    (linked / "deploy" / "link.yaml").symlink_to("../../secret.yaml")
    for named in (["deploy/link.yaml"], ["deploy", "deploy/link.yaml"]):
        ran = check(linked, *named)
        assert ran.places == ["deploy/link.yaml:2 GS004"]
        assert "link" not in ran.err


def test_links_that_are_skipped_are_told_everywhere(linked: Path) -> None:
    (linked / "deploy" / "out.yaml").symlink_to("../../secret.yaml")
    (linked / "deploy" / "gone.yaml").symlink_to("nowhere")
    names = ["deploy/out.yaml", "deploy/gone.yaml"]
    summary = k8slint(linked, "check", "deploy", "--output-format", "json").data["summary"]
    assert summary["files"] == 0
    assert summary["skipped"] == [
        {"path": "deploy/gone.yaml", "reason": "dangling link"},
        {"path": "deploy/out.yaml", "reason": "outside link"},
    ]
    sarif = k8slint(linked, "check", "deploy", "--output-format", "sarif").text
    told = [
        check(linked, "deploy", "-v").err,
        check(linked, "deploy", "-v", "--show-files").err,
        check(linked, "a.yaml", "-v", "--context", "deploy").err,
        k8slint(linked, "check", "-", "-v", "--context", "deploy", stdin=ERROR.encode()).err,
        k8slint(linked, "timeline", "deploy").err,
        sarif,
    ]
    assert all(name in text for name in names for text in told)


def test_links_that_would_not_be_read_anyway_are_not_told(linked: Path) -> None:
    (linked / "deploy" / "out.yaml").symlink_to("../../secret.yaml")
    assert "link" not in check(linked, "deploy", "--exclude", "out.yaml").err
    make(linked, {".gitignore": "out.yaml\n"})
    assert "link" not in check(linked, "deploy").err


# Patterns of a configuration that match nothing, that no library can compile or match in time.
PATTERNS: Sequence[str] = (
    "[z-a]",
    "!",
    "a\\",
    "**/" * 300 + "b",
    "*a" * 20,
)


@pytest.mark.parametrize("key", ["exclude", "per-file-ignores"])
@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_no_pattern_of_a_configuration_stops_a_run(tmp_path: Path, key: str, pattern: str) -> None:
    if key == "per-file-ignores" and pattern == "!":
        pattern = "?/!"  # One that begins so is refused.
    value = [pattern] if key == "exclude" else {pattern: ["ALL"]}
    name = "a" * 100 + "b.yaml"
    make(tmp_path, {".k8slint.yaml": json.dumps({key: value}), name: ERROR})
    assert check(tmp_path).places == [f"{name}:12 GS001"]


def test_patterns_that_take_long_to_match_are_refused(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            ".k8slint.yaml": json.dumps({"exclude": ["**/" + "*a" * 12 + "b"] * 400}),
            "a.yaml": ERROR,
        },
    )
    ran = check(tmp_path)
    assert ran.code == 2
    assert "have 11,200 bytes in all, and no more than 10,000 are matched" in ran.err


@pytest.mark.long
def test_ignore_files_of_many_folders_take_a_second(tmp_path: Path) -> None:
    make(
        tmp_path, {".git/HEAD": "ref: refs/heads/main\n", ".git/objects/x": "", ".git/refs/x": ""}
    )
    lines = "\n".join(f"x{i}*y[0-9]?" for i in range(700))
    for number in range(120):
        make(tmp_path, {f"{number:03}/.gitignore": f"{number}*x\n{lines}\na.yaml\n"})
        make(tmp_path, {f"{number:03}/a.yaml": ERROR})
    before = time.process_time()
    ran = k8slint(tmp_path, "check", "-v", "--output-format", "json")
    assert time.process_time() - before < 5
    assert {len(ran.data["summary"]["skipped"]), len(ran.data["findings"])} == {90}
    assert ran.data["summary"]["skipped"][0] == {"path": "000", "reason": "ignore rules"}
    assert "000: skipped: ignore rules that would take too long to match: nothing in it" in ran.err
    assert (
        "Skipped 90 sets of ignore rules that would take too long to match: nothing is ignored "
        "there (shorten the ignore files)."
    ) in ran.err
