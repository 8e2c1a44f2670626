"""What is built and installed carries the rule book, and nothing it should not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

import k8slint
from k8slint.__main__ import run_as_process
from tests.command import make
from tests.places import ROOT

PYTHON = sys.executable
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n"


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def build(target: str, source: Path, folder: Path) -> Path:
    run(PYTHON, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    (built,) = folder.iterdir()
    return built


def install(what: str, folder: Path) -> Path:
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")
    run(*pip, "--no-build-isolation", "--target", folder, what, cwd=folder.parent)
    return folder


def call(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run what is installed in `folder`, not this checkout."""
    env = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", ROOT, folder)) as archive:
        if filters := getattr(tarfile, "data_filter", None):  # since Python 3.11.4
            archive.extraction_filter = filters
        archive.extractall(folder)
    return folder / f"k8slint-{k8slint.__version__}"


@pytest.fixture(scope="module")
def at_hand(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel holds, without the work of pip."""
    folder = tmp_path_factory.mktemp("at-hand")
    make(folder, {**contents(wheel), "pod.yaml": POD})
    return folder


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(str(wheel), tmp_path_factory.mktemp("installed") / "here")


def test_the_wheel_ships_the_rule_book(wheel: Path) -> None:
    shipped = {
        name.removeprefix("k8slint/rules/"): text
        for name, text in contents(wheel).items()
        if name.startswith("k8slint/rules/")
    }
    rules = (path for path in (ROOT / "rules").iterdir() if path.is_file())
    assert shipped == {path.name: path.read_bytes() for path in rules}
    assert shipped


def test_the_wheel_takes_no_other_name(wheel: Path) -> None:
    stem = f"k8slint-{k8slint.__version__}"
    tops = {name.split("/")[0] for name in contents(wheel)}
    assert tops == {"k8slint", f"{stem}.data", f"{stem}.dist-info"}
    assert "k8slint/py.typed" in contents(wheel)


@pytest.mark.long
def test_the_sdist_holds_what_a_rebuild_and_its_tests_need(
    unpacked: Path, wheel: Path, tmp_path: Path
) -> None:
    assert contents(build("wheel", unpacked, tmp_path)) == contents(wheel)
    for pattern in ("tests/**/*.py", "fixtures/**/*.yaml"):
        shipped = {path.relative_to(unpacked) for path in unpacked.glob(pattern)}
        assert shipped == {path.relative_to(ROOT) for path in ROOT.glob(pattern)}


def test_the_wheel_holds_all_that_a_check_needs(at_hand: Path) -> None:
    done = call(at_hand, PYTHON, "-v", "-m", "k8slint", "check", "pod.yaml")
    assert done.returncode in {0, 1}, done.stderr
    assert f"{at_hand}/k8slint/cli" in done.stderr
    assert f"{ROOT}/k8slint/" not in done.stderr


@pytest.mark.long
def test_the_wheel_works_where_there_is_no_checkout(installed: Path) -> None:
    script = shutil.which("k8slint", path=installed / "bin")
    assert script
    for command in ((PYTHON, "-m", "k8slint"), (script,)):
        assert k8slint.__version__ in call(installed, *command, "--version").stdout
    where = call(installed, PYTHON, "-c", "import k8slint; print(k8slint.__file__)").stdout
    assert Path(where).is_relative_to(installed)
    (installed / "pod.yaml").write_text(POD)
    done = call(installed, PYTHON, "-m", "k8slint", "check", "pod.yaml")
    assert done.returncode in {0, 1}, done.stderr


def test_man_and_shells_find_what_is_theirs(wheel: Path) -> None:
    share = f"k8slint-{k8slint.__version__}.data/data/share"
    for place in (
        *("man/man1/k8slint.1", "man/man1/k8slint-check.1"),
        *("bash-completion/completions/k8slint", "zsh/site-functions/_k8slint"),
        "fish/vendor_completions.d/k8slint.fish",
    ):
        assert contents(wheel)[f"{share}/{place}"]


def test_the_programs_of_the_wheel_are_there(at_hand: Path) -> None:
    (info,) = at_hand.glob("*.dist-info")
    programs = PathDistribution(info).entry_points
    assert programs.names == {"k8slint", "kubectl-k8slint"}
    assert {one.load() for one in programs} == {run_as_process}


def test_an_empty_rule_book_is_an_error(at_hand: Path, tmp_path: Path) -> None:
    empty = shutil.copytree(at_hand, tmp_path / "empty")
    for rule in (empty / "k8slint" / "rules").glob("*.py"):
        rule.unlink()
    done = call(empty, PYTHON, "-m", "k8slint", "check", "pod.yaml")
    assert done.returncode == 2
    assert "rule" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_git_address_installs(
    unpacked: Path, tmp_path: Path, need: Callable[[str], str]
) -> None:
    repository = tmp_path / "repository"
    shutil.copytree(unpacked, repository)
    git = (need("git"), "-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "all")):
        run(*git, *arguments, cwd=repository)
    folder = install(f"git+{repository.as_uri()}", tmp_path / "installed")
    assert k8slint.__version__ in call(folder, PYTHON, "-m", "k8slint", "--version").stdout
