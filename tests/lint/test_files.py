"""Which files are read, and which of them are Kustomize patches."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.command import check, make
from tests.manifests import CLEAN, ERROR

Need = Callable[[str], str]

TREE = (
    "a.yaml",
    "b.yml",
    "pod.json",
    "notes.txt",
    "c.yaml.bak",
    ".hidden.yaml",
    ".github/d.yaml",
    "node_modules/e.yaml",
    "vendor/f.yaml",
    "sub/vendor/g.yaml",
    "sub/deep/h.yaml",
    "ignored/i.yaml",
    "ignored.yaml",
    ".a.yaml.k8slint-tmp",
)


def shown(folder: Path, *arguments: str) -> list[str]:
    ran = check(folder, *arguments, "--show-files")
    assert ran.code == 0, ran.err
    return ran.text.splitlines()


class TestWithoutGit:
    """Folders are walked; what only tools put there is left out."""

    def test_manifests_in_the_order_of_their_paths(self, tmp_path: Path) -> None:
        make(tmp_path, dict.fromkeys(TREE, CLEAN))
        assert shown(tmp_path) == [
            "a.yaml",
            "b.yml",
            "ignored.yaml",
            "ignored/i.yaml",
            "pod.json",
            "sub/deep/h.yaml",
        ]

    def test_templates_of_helmfile_by_their_names(self, tmp_path: Path) -> None:
        read = ("helmfile.d/a.yaml.gotmpl", "helmfile.d/b.yml.gotmpl", "helmfile.yaml.gotmpl")
        left = ("helmfile.d/deep/c.yaml.gotmpl", "helmfile.d/d.gotmpl", "values.yaml.gotmpl")
        make(tmp_path, dict.fromkeys((*read, *left), CLEAN))
        assert shown(tmp_path) == [*read]
        assert shown(tmp_path, "helmfile.d") == [*read[:2]]

    def test_large_json_is_counted_unless_it_is_named(self, tmp_path: Path) -> None:
        large = f'{{"padding": "{"x" * 1_048_576}"}}'
        make(tmp_path, {"a.yaml": CLEAN, "large.json": large, "small.json": CLEAN})
        assert shown(tmp_path) == ["a.yaml", "small.json"]
        assert shown(tmp_path, "large.json") == ["large.json"]
        assert check(tmp_path, "-v").err.splitlines()[:2] == [
            "large.json: skipped: JSON of more than 1 MiB",
            "Skipped 1 JSON file of more than 1 MiB (name it to check it).",
        ]

    @pytest.mark.parametrize("name", TREE)
    def test_what_is_named_is_read(self, tmp_path: Path, name: str) -> None:
        make(tmp_path, {name: CLEAN})
        assert shown(tmp_path, name) == [name]

    @pytest.mark.parametrize("name", ["vendor", ".github", "node_modules"])
    def test_a_folder_that_is_named_is_read(self, tmp_path: Path, name: str) -> None:
        make(tmp_path, dict.fromkeys(TREE, CLEAN))
        assert len(shown(tmp_path, name)) == 1

    def test_absolute_paths_stay_absolute(self, tmp_path: Path) -> None:
        make(tmp_path, {"sub/a.yaml": CLEAN})
        path = str(tmp_path / "sub" / "a.yaml")
        assert shown(tmp_path, str(tmp_path / "sub")) == [path]
        assert shown(tmp_path / "sub", "../sub/a.yaml") == ["../sub/a.yaml"]

    def test_links_to_folders_are_not_followed(self, tmp_path: Path) -> None:
        make(tmp_path, {"sub/a.yaml": CLEAN})
        (tmp_path / "sub" / "loop").symlink_to(tmp_path)
        (tmp_path / "other").symlink_to("sub")
        assert shown(tmp_path) == ["sub/a.yaml"]
        assert shown(tmp_path, "other") == ["other/a.yaml"], "a link that is named is"

    def test_a_file_is_read_once(self, tmp_path: Path) -> None:
        make(tmp_path, {"sub/m.yaml": CLEAN})
        (tmp_path / "sub" / "z.yaml").symlink_to("m.yaml")
        (tmp_path / "sub" / "b.yaml").symlink_to("m.yaml")
        (tmp_path / "other").symlink_to("sub")
        everything = (".", "sub", "other", str(tmp_path), "sub/../sub/m.yaml")
        assert shown(tmp_path, *everything) == ["sub/m.yaml"]
        assert shown(tmp_path, *everything[:2]) == ["sub/b.yaml"]
        assert shown(tmp_path, "sub", "--exclude", "b.yaml") == ["sub/m.yaml"]

    def test_what_is_no_file_is_left_out(self, tmp_path: Path) -> None:
        make(tmp_path, {"a.yaml": CLEAN, "folder.yaml/b.yaml": CLEAN})
        (tmp_path / "dangling.yaml").symlink_to("nowhere")
        (tmp_path / "loop.yaml").symlink_to("loop.yaml")
        (tmp_path / "out.yaml").symlink_to("../nowhere")
        (tmp_path / "up.yaml").symlink_to("..")
        os.mkfifo(tmp_path / "pipe.yaml")
        assert shown(tmp_path) == ["a.yaml", "folder.yaml/b.yaml"]
        assert check(tmp_path, "--show-files", "-v").err.splitlines() == [
            "out.yaml: skipped: a link out of the repository or the checked folder",
            "Skipped 1 link out of the repository or the checked folder (name it to check it).",
            "dangling.yaml: skipped: a dangling link",
            "loop.yaml: skipped: a dangling link",
            "Skipped 2 dangling links.",
        ]

    def test_a_dangling_link_that_is_named_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "dangling.yaml").symlink_to("nowhere")
        ran = check(tmp_path, "dangling.yaml", "-q")
        assert (ran.code, ran.err) == (
            2,
            "dangling.yaml: cannot be read: No such file or directory\n",
        )

    def test_a_folder_that_cannot_be_listed_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make(tmp_path, {"closed/a.yaml": CLEAN, "open/b.yaml": ERROR})
        scan = os.scandir

        def refuse(path: str) -> object:
            if str(path).endswith("closed"):
                raise PermissionError(13, "Permission denied", path)
            return scan(path)

        monkeypatch.setattr(os, "scandir", refuse)
        ran = check(tmp_path, ".", "-q")
        assert ran.code == 2
        assert ran.places == ["open/b.yaml:12 GS001"]
        assert ran.err.startswith("closed: cannot be read: ")


def git(folder: Path, *arguments: str) -> None:
    who = (
        "-c",
        "user.email=a@example.com",
        "-c",
        "user.name=a",
        "-c",
        "protocol.file.allow=always",
    )
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, need: Need) -> Path:
    need("git")
    make(tmp_path, {**dict.fromkeys(TREE, CLEAN), ".gitignore": "ignored*\nnode_modules\n"})
    git(tmp_path, "init", "-q")
    return tmp_path


class TestWithGit:
    """Inside a repository that is read which git would list."""

    IN_GIT = (".github/d.yaml", ".hidden.yaml", "a.yaml", "b.yml", "pod.json")
    VENDORED = ("sub/deep/h.yaml", "sub/vendor/g.yaml", "vendor/f.yaml")

    def test_what_git_would_track(self, repository: Path) -> None:
        assert shown(repository) == [*self.IN_GIT, *self.VENDORED]
        git(repository, "add", "--all")
        assert shown(repository) == [*self.IN_GIT, *self.VENDORED]
        assert shown(repository, "sub") == [*self.VENDORED[:2]]
        assert shown(repository / "sub", "..") == [f"../{name}" for name in self.IN_GIT] + [
            f"../{name}" for name in self.VENDORED
        ]

    def test_what_is_tracked_though_ignored(self, repository: Path) -> None:
        git(repository, "add", "--force", "ignored/i.yaml")
        assert "ignored/i.yaml" in shown(repository)

    def test_what_is_tracked_but_deleted(self, repository: Path) -> None:
        git(repository, "add", "--all")
        (repository / "a.yaml").unlink()
        assert "a.yaml" not in shown(repository)

    @pytest.mark.parametrize("name", ["ignored.yaml", "ignored", "node_modules"])
    def test_what_is_named_is_read_though_ignored(self, repository: Path, name: str) -> None:
        assert len(shown(repository, name)) == 1

    def test_no_gitignore(self, repository: Path) -> None:
        assert {"ignored.yaml", "ignored/i.yaml"} <= set(shown(repository, "--no-gitignore"))

    def test_names_git_would_quote(self, repository: Path) -> None:
        make(repository, {'new/日本 "a\\b.yaml': CLEAN})
        assert shown(repository, "new") == [r'"new/日本 \"a\\b.yaml"']

    def test_links(self, repository: Path) -> None:
        (repository / "sub" / "loop").symlink_to("..")
        (repository / "z.yaml").symlink_to("a.yaml")
        git(repository, "add", "--all")
        assert shown(repository) == [*self.IN_GIT, *self.VENDORED]

    def test_a_repository_inside(self, repository: Path) -> None:
        make(
            repository, {"inner/.gitignore": "not.yaml", "inner/not.yaml": "", "inner/in.yaml": ""}
        )
        git(repository / "inner", "init", "-q")
        assert shown(repository, "inner") == ["inner/in.yaml"]
        assert "inner/in.yaml" in shown(repository)
        assert "inner/not.yaml" not in shown(repository)

    def test_submodules(self, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        other = tmp_path_factory.mktemp("other")
        make(other, {"in.yaml": CLEAN})
        git(other, "init", "-q")
        git(other, "add", "--all")
        git(other, "commit", "-q", "-m", "x")
        git(repository, "submodule", "add", "-q", str(other), "module")
        git(repository, "commit", "-q", "-m", "x")
        assert "module/in.yaml" in shown(repository)
        git(repository, "submodule", "deinit", "-q", "--force", "module")
        assert shown(repository) == [*self.IN_GIT, *self.VENDORED]
        assert shown(repository, "module") == []

    def test_inside_a_hook(self, repository: Path) -> None:
        """Git tells its hooks where it is; that is not where the folder is."""
        env = {"GIT_DIR": str(repository / ".git"), "GIT_INDEX_FILE": ".git/index"}
        ran = check(repository, "sub", "--show-files", env=env)
        assert ran.text.split() == [*self.VENDORED[:2]]

    def test_in_a_work_tree_beside(self, repository: Path) -> None:
        git(repository, "add", "--force", ".gitignore", "a.yaml", "ignored.yaml")
        git(repository, "commit", "-q", "-m", "x")
        git(repository, "worktree", "add", "-q", "../beside")
        make(repository, {".git/info/exclude": "b.yml\n"})
        beside = repository.parent / "beside"
        make(beside, dict.fromkeys(TREE, CLEAN))
        assert shown(beside) == [
            *(".github/d.yaml", ".hidden.yaml", "a.yaml", "ignored.yaml", "pod.json"),
            *self.VENDORED,
        ]


# Kustomizations and where they stand, with the manifest they make a patch of.
PATCHES: dict[str, tuple[Mapping[str, str], str]] = {
    "patchesStrategicMerge": ({"kustomization.yaml": "patchesStrategicMerge: [p.yaml]"}, "p.yaml"),
    "patches.path": ({"kustomization.yaml": "patches: [{path: ./p.yaml}]"}, "p.yaml"),
    "patchesJson6902": (
        {"kustomization.yml": "patchesJson6902:\n- target: {kind: Pod}\n  path: p.yaml\n"},
        "p.yaml",
    ),
    "no suffix": ({"Kustomization": "patches:\n- path: p.yaml\n"}, "p.yaml"),
    "folder below": (
        {"kustomization.yaml": "patches: [{path: patches/p.yaml}]"},
        "patches/p.yaml",
    ),
    "folder beside": (
        {"overlay/kustomization.yaml": "patches: [{path: ../patches/p.yaml}]"},
        "patches/p.yaml",
    ),
    "several documents": (
        {"kustomization.yaml": "# a\n---\npatches: [{path: p.yaml}]\n"},
        "p.yaml",
    ),
    "aliases": (
        {"kustomization.yaml": "x: &p {path: p.yaml}\npatches: [*p]\n"},
        "p.yaml",
    ),
}


@pytest.mark.parametrize("name", PATCHES)
def test_a_kustomize_patch_is_partial(tmp_path: Path, name: str) -> None:
    """Its grace period may be in what it patches, so nothing is said about a default."""
    kustomization, manifest = PATCHES[name]
    make(tmp_path, {manifest: ERROR})
    assert check(tmp_path).code == 1
    make(tmp_path, kustomization)
    assert check(tmp_path).code == 0
    if name != "folder beside":
        assert check(tmp_path, manifest).code == 0, "a hook of git names only what changed"


NO_PATCHES = {
    "a resource": "resources: [p.yaml]",
    "another name": "patches: [{path: q.yaml}]",
    "the same name elsewhere": "patches: [{path: sub/p.yaml}]",
    "an inline patch": "patches:\n- patch: |-\n    kind: Pod\n    metadata: {name: p.yaml}\n",
    "nonsense": "patches: {path: p.yaml}",
    "a list": "- patches: [{path: p.yaml}]",
    "no YAML": "patches: [",
    "nothing": "",
}


@pytest.mark.parametrize("name", NO_PATCHES)
def test_no_patch(tmp_path: Path, name: str) -> None:
    make(tmp_path, {"kustomization.yaml": NO_PATCHES[name], "p.yaml": ERROR})
    assert check(tmp_path).places == ["p.yaml:12 GS001"]


def test_kustomizations_of_another_repository_do_not_count(tmp_path: Path) -> None:
    make(tmp_path, {"kustomization.yaml": "patches: [{path: inner/p.yaml}]"})
    make(tmp_path, {"inner/.git/HEAD": "", "inner/p.yaml": ERROR})
    assert check(tmp_path, "inner/p.yaml").code == 1


def test_a_patch_says_what_is_written_in_it(tmp_path: Path) -> None:
    make(tmp_path, {"p.yaml": "kind: Pod\nspec: {terminationGracePeriodSeconds: '9'}\n"})
    assert check(tmp_path).places == ["p.yaml:2 GS004"]


def test_a_file_on_another_drive_is_outside_of_every_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has no way from one drive to another."""
    make(tmp_path, {"a.yaml": CLEAN})

    def refuse(path: str, start: str = "") -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", refuse)
    assert shown(tmp_path, "--exclude", "*") == ["a.yaml"]
    assert check(tmp_path, "--context", "a.yaml", "a.yaml").code == 0
