"""Who owns which file, by CODEOWNERS."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8slint.errors import UsageError
from k8slint.git.code_owners import CodeOwners, read_code_owners
from tests.command import k8slint, make
from tests.manifests import CLEAN, ERROR

# From GitHub's documentation, with what it says of each line.
DOCUMENTED = """
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/with\\ blank/ @blank
*.broken @octocat someone
*.hostile @a\u202eb
!*.txt @nobody
[ab].md @nobody
/odd[1]/ @odd
"""

OWNERS: dict[str, tuple[str, ...]] = {
    "a.yaml": ("@global-owner1", "@global-owner2"),
    "deep/down/a.yaml": ("@global-owner1", "@global-owner2"),
    "deep/a.js": ("@js-owner",),
    "a.go": ("docs@example.com",),
    "deep/a.txt": ("@octo-org/octocats",),
    "build/logs/deep/a.yaml": ("@octocat",),
    "docs/a.md": ("@doctocat",),
    "deep/docs/a.md": ("@global-owner1", "@global-owner2"),
    "docs/deep/a.md": ("@doctocat",),
    "deep/apps/deep/a.yaml": ("@octocat",),
    "scripts/a.sh": ("@doctocat", "@octocat"),
    "deep/logs/a.yaml": ("@octocat",),
    "apps/a.yaml": ("@octocat",),
    "apps/github": (),
    "apps/github/a.yaml": (),
    "apps/githubs/a.yaml": ("@octocat",),
    "with blank/a.yaml": ("@blank",),
    "a.broken": ("@global-owner1", "@global-owner2"),
    "a.hostile": ("@global-owner1", "@global-owner2"),
    "a.md": ("@global-owner1", "@global-owner2"),
    "odd[1]/a.yaml": ("@odd",),
    "odd1/a.yaml": ("@global-owner1", "@global-owner2"),
    "A.JS": ("@global-owner1", "@global-owner2"),
}


@pytest.mark.parametrize("path", OWNERS)
def test_owners_are_those_of_the_last_pattern_that_matches(path: str) -> None:
    assert CodeOwners(DOCUMENTED.encode()).of(path) == OWNERS[path]


def test_a_folder_with_a_star_is_about_its_own_files() -> None:
    owners = CodeOwners(b"docs/* @files\n")
    assert owners.of("docs/a.md") == ("@files",)
    assert owners.of("docs/deep/a.md") == ()


def test_patterns_that_take_too_long_are_refused() -> None:
    with pytest.raises(UsageError, match="no more than 10,000 are matched"):
        CodeOwners(b"*a*b*c @x\n" * 2_000)


def test_a_line_of_many_owners_is_cut() -> None:
    assert len(CodeOwners(b"*" + b" @a" * 100_000).of("a")) == 50
    assert len(CodeOwners(b"*" + b" @" + b"a" * 199 + b" @b" * 9).of("a")) == 10
    assert len(CodeOwners(b"*" + (b" @" + b"a" * 199) * 50).of("a")) == 10
    assert CodeOwners(b"* @" + b"a" * 1_000_000).of("a") == ()


def test_the_first_place_counts(tmp_path: Path) -> None:
    make(tmp_path, {"docs/CODEOWNERS": "* @docs\n", "CODEOWNERS": "* @root\n"})
    assert read_code_owners(str(tmp_path)).of("a") == ("@root",)
    make(tmp_path, {".github/CODEOWNERS": "* @github\n"})
    assert read_code_owners(str(tmp_path)).of("a") == ("@github",)
    assert read_code_owners(str(tmp_path), str(tmp_path / "CODEOWNERS")).of("a") == ("@root",)


def test_a_file_that_cannot_be_read_ends_the_run(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(tmp_path, {"secret": "* @secret\n", "root/a.yaml": ERROR})
    (root / ".git").mkdir()
    ran = k8slint(root, "check", "--codeowners", "a.yaml")
    assert (ran.code, "has none of .github/CODEOWNERS" in ran.err) == (2, True)
    (root / "CODEOWNERS").symlink_to(tmp_path / "secret")
    ran = k8slint(root, "check", "--codeowners", "a.yaml")
    assert (ran.code, "it leads out of" in ran.err) == (2, True)
    ran = k8slint(root, "check", "--codeowners=gone", "a.yaml")
    assert (ran.code, ran.err) == (2, "k8slint: gone: cannot be read: No such file or directory\n")


LABELLED = ERROR.replace("  name: web\n", "  name: web\n  labels: {team: {}, owner: shop}\n", 1)
CASES = {
    ("--owner-label", "team,owner"): {"a.yaml": ["shop"], "b.yaml": []},
    ("--owner-label", "team", "--owner-label", "owner"): {"a.yaml": ["shop"], "b.yaml": []},
    ("--codeowners",): {"a.yaml": ["@all"], "b.yaml": ["@all"]},
    ("--codeowners=sub/OWNERS",): {"a.yaml": [], "b.yaml": ["@b"]},
    ("--owner-label", "owner", "--codeowners"): {"a.yaml": ["shop"], "b.yaml": ["@all"]},
    (): {"a.yaml": [], "b.yaml": []},
}


@pytest.mark.parametrize("options", CASES, ids=" ".join)
def test_findings_have_owners_by_labels_and_by_files(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """A label counts before the file; what is no value of a label names nobody."""
    files = {"CODEOWNERS": "* @all\n", "sub/OWNERS": "/deploy/b.yaml @b\n"}
    make(tmp_path, {**files, "deploy/a.yaml": LABELLED, "deploy/b.yaml": ERROR})
    make(tmp_path, {"deploy/clean.yaml": CLEAN})
    (tmp_path / ".git").mkdir()
    found = k8slint(tmp_path, "check", *options, "--output-format", "json", "deploy").data
    owners = {Path(one["path"]).name: one["owners"] for one in found["findings"]}
    assert owners == CASES[options]


NO_VALUES = ["'{{ .Values.team }}'", "a b", "${TEAM}", "'\\x1b'", "''", "-a", "a.", "a" * 64]


@pytest.mark.parametrize("value", ["a", "Team_a.b-c", "a" * 63])
def test_a_label_names_the_owner(tmp_path: Path, value: str) -> None:
    make(tmp_path, {"a.yaml": LABELLED.replace("owner: shop", f"owner: {value}")})
    arguments = ("--owner-label", "owner", "--output-format", "json", "a.yaml")
    found = k8slint(tmp_path, "check", *arguments).data["findings"]
    assert [one["owners"] for one in found] == [[value]]


@pytest.mark.parametrize("value", NO_VALUES)
def test_a_label_that_no_object_can_have_names_nobody(tmp_path: Path, value: str) -> None:
    make(tmp_path, {"a.yaml": LABELLED.replace("owner: shop", f"owner: {value}")})
    arguments = ("--owner-label", "owner", "--output-format", "json", "a.yaml")
    found = k8slint(tmp_path, "check", *arguments).data["findings"]
    assert [one["owners"] for one in found] == [[]]


@pytest.mark.parametrize("label", ["", "a b", "a/", "team,a/b/c", "-team"])
def test_what_cannot_be_the_key_of_a_label_is_refused(tmp_path: Path, label: str) -> None:
    ran = k8slint(tmp_path, "check", f"--owner-label={label}")
    assert (ran.code, ran.out) == (2, b"")
    assert "is not the key of a label, such as example.com/team" in ran.err


def test_keys_of_labels_may_have_a_prefix(tmp_path: Path) -> None:
    keys = "team,app.kubernetes.io/part-of,a_b.c-1"
    assert k8slint(tmp_path, "check", f"--owner-label={keys}").code == 0
