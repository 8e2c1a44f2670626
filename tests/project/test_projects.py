"""Small repositories in `fixtures/projects/`: what is found in them, and laws of the joined set.

`expected.txt` of each lists calls and what they say. `python -m tests.project.test_projects`
writes the answers to its calls anew; read the difference.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8slint.kubernetes.kustomization import NAMES as KUSTOMIZATIONS
from k8slint.lint import run, units
from k8slint.lint.rule import Severity
from tests.command import Ran, check, contents, k8slint, make
from tests.places import FIXTURES
from tests.tiers import long_except, tries

PROJECTS = FIXTURES / "projects"
NAMES = sorted(path.name for path in PROJECTS.iterdir())
SOME = NAMES[::3]

INGRESS = PROJECTS / "plain-ingress"
FINDING = ["api.yaml:15 GS301"]


def files_of(name: str) -> list[str]:
    """The manifests of a project: a kustomization that is named would be built."""
    folder = PROJECTS / name
    found = (path for path in folder.rglob("*.yaml") if path.name not in KUSTOMIZATIONS)
    return sorted(path.relative_to(folder).as_posix() for path in found)


def with_kustomizations(folder: Path, *arguments: str) -> Ran:
    """A call that knows of the kustomizations of a project."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("kustomization.*"))
    return as_json(folder, *arguments, *as_context(found))


def record(folder: Path) -> str:
    """What the calls of a project say; a project without any is checked as a whole."""
    expected = folder / "expected.txt"
    text = expected.read_text(encoding="utf-8") if expected.exists() else "$ k8slint check .\n"
    calls = [line for line in text.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{call}\n{answer(folder, call)}" for call in calls)


def told(ran: Ran, prefix: str) -> list[tuple[str, str, str]]:
    """The findings, with the paths that begin elsewhere cut to what they are from the project."""
    return [(place(one).removeprefix(prefix), one["code"], one["message"]) for one in found(ran)]


def answer(folder: Path, call: str) -> str:
    _, _, *arguments = shlex.split(call)
    ran = k8slint(folder, *arguments, "--output-format", "json")
    assert ran.code in (0, 1), ran.err
    lines = [line for one in ran.data["findings"] for line in described(one)]
    return "".join(f"{line}\n" for line in (*lines, *ran.err.splitlines()))


def described(one: dict[str, Any]) -> Iterator[str]:
    yield f"{place(one)}: {one['code']} {one['severity']}: {one['message']}"
    for related in one["related"]:
        yield f"    {related['message']}: {place(related)}"
    if one["fix"]:
        refused = f", refused: {one['fix']['refused']}" if one["fix"]["refused"] else ""
        yield f"    {one['fix']['applicability']} fix: {one['fix']['title']}{refused}"
    if one["unfixed"] and not one["fix"]:
        yield f"    no fix: {one['unfixed']}"
    if one["renderedBy"]:
        yield f"    rendered by {', '.join(one['renderedBy'])}"


def place(at: dict[str, Any]) -> str:
    line = f":{at['line']}:{at['column']}" if at["line"] else ""
    return f"{at['path']}{line}"


def found(ran: Ran, files: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The findings of a call, all or those in some files."""
    assert ran.code in (0, 1), ran.err
    findings: list[dict[str, Any]] = ran.data["findings"]
    return [one for one in findings if files is None or one["path"] in files]


def claims(findings: Sequence[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """What is said and where, and how severe it is said to be."""
    return {(place(one), one["code"]): Severity.parse(one["severity"]) for one in findings}


def as_json(folder: Path, *arguments: str, **how: Any) -> Ran:
    return check(folder, "--output-format", "json", *arguments, **how)


def as_context(paths: Sequence[str]) -> list[str]:
    return [word for path in paths for word in ("--context", path)]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All projects in no git repository: asking git for files takes longer than all the rest."""
    return shutil.copytree(PROJECTS, tmp_path_factory.mktemp("projects") / "all")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found(projects: Path, name: str) -> None:
    assert record(projects / name) == (PROJECTS / name / "expected.txt").read_text("utf-8")


@cache
def of_files(folder: Path) -> Ran:
    return with_kustomizations(folder, *files_of(folder.name))


@cache
def of_folder(folder: Path) -> Ran:
    return as_json(folder, ".")


@settings(max_examples=tries(60))
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_the_order_of_the_files_changes_nothing(
    projects: Path, data: st.DataObject, name: str
) -> None:
    files = files_of(name)
    shuffled = data.draw(st.permutations(files))
    folder = projects / name
    assert with_kustomizations(folder, *shuffled).out == of_files(folder).out


@settings(max_examples=tries(100))
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_a_split_between_paths_and_context_changes_nothing(
    projects: Path, data: st.DataObject, name: str
) -> None:
    folder = projects / name
    files = files_of(name)
    named = data.draw(st.lists(st.sampled_from(files), min_size=1, unique=True))
    rest = [file for file in files if file not in named]
    from_files = found(of_files(folder), named)
    assert found(with_kustomizations(folder, *named, *as_context(rest))) == from_files
    from_folder = found(of_folder(folder), named)
    assert found(as_json(folder, *named, "--context", ".")) == from_folder
    certain = claims(from_folder)
    assert all(
        certain.get(claim, -1) >= severity for claim, severity in claims(from_files).items()
    ), "a list of files concludes from nothing that is absent"


@pytest.mark.parametrize("name", long_except(NAMES, *SOME))
def test_where_the_command_is_called_changes_nothing(projects: Path, name: str) -> None:
    """Every other file is named, the rest is context."""
    folder = projects / name
    files = files_of(name)[::2]
    here = as_json(folder, *files, "--context", ".")
    above = as_json(projects, *(f"{name}/{file}" for file in files), "--context", name)
    absolute = as_json(folder, *(str(folder / file) for file in files), "--context", ".")
    assert told(above, f"{name}/") == told(absolute, f"{folder}/") == told(here, "")


@pytest.mark.long
def test_workers_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "POOL_ABOVE", 0)
    monkeypatch.setattr(run, "_SURVEY_POOL_ABOVE", 0)
    monkeypatch.setattr(units, "_BATCH", 2)
    ran = [as_json(PROJECTS, ".", "-j", jobs) for jobs in ("1", "2")]
    assert ran[0] == ran[1]
    assert found(ran[0])


@pytest.mark.parametrize("name", long_except(NAMES, *SOME))
def test_a_file_in_both_is_reported_once(projects: Path, name: str) -> None:
    folder = projects / name
    both = as_json(folder, ".", "--context", ".", "--context", str(folder))
    assert both == of_folder(folder)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of a project with one finding, by way of a file of its own."""
    folder = shutil.copytree(INGRESS, tmp_path / "shop")
    assert check(folder).places == FINDING
    return folder


CALLS = {"folder": ["."], "context": ["api.yaml", "--context", "."]}


@pytest.mark.parametrize("call", CALLS)
def test_an_excluded_file_is_no_fact(shop: Path, tmp_path: Path, call: str) -> None:
    assert check(shop, *CALLS[call], "--exclude", "ingress.yaml").places == []
    configured = shutil.copytree(shop, tmp_path / "configured")
    make(configured, {".k8slint.yaml": "exclude: [ingress.yaml]\n"})
    assert check(configured, *CALLS[call]).places == []


@pytest.mark.parametrize("call", CALLS)
def test_an_ignored_file_is_no_fact(shop: Path, call: str, need: Callable[[str], str]) -> None:
    git_init(need("git"), shop)
    assert check(shop, *CALLS[call]).places == FINDING
    make(shop, {".gitignore": "ingress.yaml\n"})
    assert check(shop, *CALLS[call]).places == []
    assert check(shop, *CALLS[call], "--no-gitignore").places == FINDING


def test_an_excluded_file_is_a_fact_where_the_context_names_it(shop: Path) -> None:
    ran = check(shop, "api.yaml", "--exclude", "ingress.yaml", "--context", "ingress.yaml")
    assert ran.places == FINDING


def test_a_context_that_is_not_there(shop: Path) -> None:
    before = contents(shop)
    ran = check(shop, "api.yaml", "--fix", "--unsafe-fixes", "--context", "elsewhere")
    assert (ran.code, ran.text) == (2, "")
    assert ran.err == "k8slint: context elsewhere: no such file or folder\n"
    assert contents(shop) == before


def test_the_configuration_names_context_from_its_own_folder(tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / "entry-in-another-repository", tmp_path, dirs_exist_ok=True)
    make(tmp_path, {".git/HEAD": "", "app/.k8slint.yaml": "context: [../context]\n"})
    assert check(tmp_path, "app").places == ["app/web.yaml:18 GS301"]
    assert check(tmp_path / "app").places == ["web.yaml:18 GS301"]
    assert check(tmp_path / "context", "../app/web.yaml").places == ["../app/web.yaml:18 GS301"]


def test_context_of_the_configuration_that_is_not_there(tmp_path: Path) -> None:
    make(tmp_path, {"shop/.k8slint.yaml": "context: [elsewhere]\n"})
    make(tmp_path, {"shop/api.yaml": (INGRESS / "api.yaml").read_bytes()})
    ran = check(tmp_path, "shop")
    assert (ran.code, ran.text) == (2, "")
    assert ran.err == "k8slint: context shop/elsewhere: no such file or folder\n"


def test_standard_input_takes_the_place_of_its_file(shop: Path) -> None:
    manifest = (shop / "api.yaml").read_bytes()
    arguments = ("-", "--stdin-filename", "api.yaml", "--context", ".")
    assert check(shop, *arguments, stdin=manifest).places == FINDING
    workload, _, _ = manifest.partition(b"---")
    assert check(shop, *arguments, stdin=workload).places == [], "its Service is being removed"
    make(shop, {"api.yaml": workload})
    assert check(shop, *arguments, stdin=manifest).places == FINDING


def git_init(git: str, folder: Path) -> None:
    subprocess.run([git, "init", "--quiet"], cwd=folder, check=True)


def write() -> Iterator[Path]:
    for name in NAMES:
        path = PROJECTS / name / "expected.txt"
        path.write_text(record(PROJECTS / name), encoding="utf-8")
        yield path


if __name__ == "__main__":
    print(*write(), sep="\n")
