"""The manifests in `fixtures/`: what is found in them, what becomes of them, and laws for all.

`python -m tests.project.test_fixtures` writes the expected results anew; read the difference.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from k8slint.lint import fix, run, units
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.reports import FileReport
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions, Task
from k8slint.report.json import finding
from k8slint.workspace import Workspace
from tests.command import check, contents, k8slint
from tests.places import FIXTURES

BAD = sorted((FIXTURES / "bad").glob("*.yaml"))
FIX = sorted(
    path
    for folder in ("fix", "fix-unsafe")
    for path in (FIXTURES / folder).glob("*.*")
    if path.suffix in (".yaml", ".json") and path.name[0] != "." and ".fixed" not in path.suffixes
)
EVERY = sorted(
    path
    for path in FIXTURES.rglob("*.*")
    if path.suffix in (".yaml", ".json") and path.name[0] != "." and ".fixed" not in path.suffixes
)


def name_of(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


def expected(path: Path) -> Path:
    return path.with_suffix(f".fixed{path.suffix}")


def as_lines(path: Path) -> str:
    return check(path.parent, path.name).text


def fixed(path: Path) -> bytes:
    unsafe = ["--unsafe-fixes"] if path.parent.name == "fix-unsafe" else []
    ran = check(
        path.parent, "-", "--fix", "--stdin-filename", path.name, *unsafe, stdin=path.read_bytes()
    )
    assert ran.code == 0, ran.err
    return ran.out


def test_what_is_fine_is_left_in_peace() -> None:
    ran = k8slint(FIXTURES / "ok", "check", "--output-format", "json")
    assert (ran.code, [one for one in ran.data["findings"] if one["severity"] != "info"]) == (
        0,
        [],
    )
    assert "Found" in ran.err or "No findings" in ran.err, "there is something to look at"
    assert not ran.data["summary"]["skipped"]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixtures in no git repository, of which each call would read the index."""
    folder = tmp_path_factory.mktemp("fixtures")
    for one in {path.parent for path in BAD + FIX}:
        shutil.copytree(one, folder / one.name)
    return folder


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_what_is_bad_is_found(path: Path, copies: Path) -> None:
    assert as_lines(copies / name_of(path)) == path.with_suffix(".out").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FIX, ids=name_of)
def test_what_becomes_of_it(path: Path, copies: Path) -> None:
    assert fixed(copies / name_of(path)).decode() == expected(path).read_bytes().decode()
    assert expected(path).read_bytes() != path.read_bytes()


def as_it_is(data: bytes) -> bytes:
    return data


def with_crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def with_bom(data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf")


def without_final_newline(data: bytes) -> bytes:
    return data.rstrip()


def with_blank_lines(data: bytes) -> bytes:
    return b"\n" + data + b"\n\n"


def with_trailing_blanks(data: bytes) -> bytes:
    return data.replace(b"containers:\n", b"containers: \t\n").replace(b"spec:\n", b"spec:  \n")


Vary = Callable[[bytes], bytes]
OTHERS: tuple[Vary, ...] = (
    with_crlf,
    with_bom,
    without_final_newline,
    with_blank_lines,
    with_trailing_blanks,
)
VARIANTS = (as_it_is, *OTHERS)
# Most of what charts and overlays render is alike.
OWN = [path for path in EVERY if FIXTURES / "rendered" not in path.parents]
# A few files in each variant, or all in all of them.
EXTENTS = [pytest.param(False, id="some"), pytest.param(True, id="all", marks=pytest.mark.long)]


def files_for(vary: Vary, is_all: bool) -> list[Path]:
    """The files that a law is tried on; of some, each as it is and in one other variant."""
    if is_all:
        return EVERY
    return OWN if vary is as_it_is else OWN[OTHERS.index(vary) :: len(OTHERS)]


@pytest.mark.parametrize("is_all", EXTENTS)
@pytest.mark.parametrize("vary", VARIANTS)
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_laws(vary: Vary, unsafe: bool, is_all: bool) -> None:
    for path in files_for(vary, is_all):
        before = vary(path.read_bytes())
        found = looked_at(path, before)
        fixes = [one.fix for one in found.diagnoses if one.fix]
        if not is_all and any(one.offered != "fix" for one in fixes) != unsafe:
            continue  # A file with unsafe repairs has them made together with the safe ones.
        if unsafe and vary is not as_it_is and not fixes:
            continue  # Nothing is unsafe here: the same as above.
        first = repaired(path, before, unsafe=unsafe)
        assert not first.failed, path
        assert first.text is not None
        again = repaired(path, first.text, unsafe=unsafe)
        assert again.text == first.text, f"{path}: fix twice = fix once"
        assert said(again) == said(first), f"{path}: what is left is what is there"
        assert counted(first.diagnoses) <= counted(found.diagnoses), f"{path}: nothing new"
        kept_bytes(before, first.text)


@pytest.mark.parametrize("is_all", EXTENTS)
@pytest.mark.parametrize("vary", VARIANTS)
def test_what_is_reported_is_what_the_first_round_does(
    vary: Vary, is_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in files_for(vary, is_all):
        before = vary(path.read_bytes())
        found = looked_at(path, before).diagnoses
        offered = [finding(one) for one in found if one.fix and one.fix.offered == "fix"]
        done = repaired(path, before, unsafe=False).text
        if done != before:
            with monkeypatch.context() as patch:
                patch.setattr(fix, "MAX_ROUNDS", 1)
                done = repaired.__wrapped__(path, before, unsafe=False).text
        assert done
        assert with_edits(before.decode(), offered) == done.decode(), path


# Most files have nothing to repair, and some variants of a file are the same.
@cache
def repaired(path: Path, data: bytes, *, unsafe: bool) -> FileReport:
    return run_bytes(
        data, Task(path.name, settings_of(path.parent)), RunOptions(fix=True, unsafe=unsafe)
    )


@cache
def looked_at(path: Path, data: bytes) -> FileReport:
    return run_bytes(data, Task(path.name, settings_of(path.parent)), RunOptions())


WORKSPACE = Workspace()


@cache
def settings_of(folder: Path) -> Settings:
    return WORKSPACE.settings_of(str(folder))


def said(report: FileReport) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in report.diagnoses]


def counted(found: tuple[Diagnostic, ...]) -> Counter[tuple[str, int | None, str]]:
    return Counter((one.code, one.pod, str(one.resource)) for one in found)


def kept_bytes(before: bytes, after: bytes) -> None:
    """What a file is like as a whole: its mark, its line ends, how it ends."""
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert after.endswith(b"\n") == before.endswith(b"\n")
    if b"\r\n" in before and before.count(b"\n") == before.count(b"\r\n"):
        assert after.count(b"\n") == after.count(b"\r\n")
    if b"\r" not in before:
        assert b"\r" not in after


def with_edits(text: str, found: list[dict[str, Any]]) -> str:
    """A text after the edits of its safe fixes, each made once: rules share a joint repair."""
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(bom)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    edits = {
        (
            starts[edit["line"] - 1] + edit["column"] - 1,
            starts[edit["endLine"] - 1] + edit["endColumn"] - 1,
            edit["content"],
        )
        for one in found
        for edit in one["fix"]["edits"]
    }
    for start, end, content in sorted(edits, reverse=True):
        text = text[:start] + content + text[end:]
    return bom + text


@pytest.mark.long
def test_workers_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "POOL_ABOVE", 0)
    monkeypatch.setattr(units, "_BATCH", 2)
    results = []
    for jobs in ("1", "4"):
        folder = tmp_path / jobs
        shutil.copytree(FIXTURES, folder)
        ran = check(folder, ".", "--fix", "--unsafe-fixes", "-j", jobs, "-v")
        results.append((ran, contents(folder)))
    assert results[0] == results[1]


def test_the_failures_of_others_are_all_here() -> None:
    """Each that concerns a file, seen in another fixer or linter, by the issue it was told in."""
    names = {path.stem for path in FIX + BAD}
    assert names >= {
        "ansible-lint-4655-comment-above-next-item",
        "ansible-lint-spaced-comment",
        "checkov-2660-templated-looking-text",
        "indent-4-and-long-lines",
        "kubeaudit-184-null-fields",
        "kubeaudit-92-separators",
        "kubeconform-230-bad-yaml",
        "kubescape-1026-crlf",
        "kubescape-1255-leading-separator",
        "polaris-document-order",
        "polaris-lone-dash",
        "polaris-separator-with-comment",
        "semgrep-flow-mapping",
        "yq-126-anchors-and-merge",
    }


def write() -> Iterator[Path]:
    for path in BAD:
        path.with_suffix(".out").write_text(as_lines(path), encoding="utf-8")
        yield path.with_suffix(".out")
    for path in FIX:
        expected(path).write_bytes(fixed(path))
        yield expected(path)


if __name__ == "__main__":
    print(*write(), sep="\n")
