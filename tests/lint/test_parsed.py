"""What the survey parses and the rules see as well is parsed once."""

import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.lint import parsed, run
from k8slint.lint.census import collect_census
from k8slint.lint.parsed import ParsedFiles, divide
from k8slint.lint.run import run_batch
from k8slint.lint.settings import Settings
from k8slint.lint.survey import collect_facts
from k8slint.lint.task import NO_CONTEXT, Context, RunOptions, Task
from k8slint.manifest import stream, tree

CHECK = RunOptions()
POD = """\
kind: Pod
apiVersion: v1
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 20
  containers:
  - name: app
    image: app
    lifecycle: {preStop: {sleep: {seconds: 30}}}
"""
SERVICE = """\
kind: Service
apiVersion: v1
metadata: {name: web}
spec: {selector: {app: web}}
"""
BUDGET = """\
kind: PodDisruptionBudget
apiVersion: policy/v1
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
"""


def _indented(text: str) -> str:
    return "- " + text.replace("\n", "\n  ").rstrip() + "\n"


LIST = f"kind: List\nitems:\n{_indented(POD)}{_indented(SERVICE)}"
LIVE = POD.replace("name: web", "name: web, uid: a, resourceVersion: '1'")


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each text is made a tree of."""
    compose = tree._compose
    counts: Counter[str] = Counter()

    def count(text: str) -> object:
        counts[text] += 1
        return compose(text)

    monkeypatch.setattr(tree, "_compose", count)
    return counts


def _run(
    folder: Path, *texts: str, mode: RunOptions = CHECK, around: Context = NO_CONTEXT
) -> list[int]:
    """The lines of what is found in each file."""
    tasks = []
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
        tasks.append(Task(str(folder / f"{number}.yaml"), Settings()))
    reports = [*run_batch(tasks, mode, 1, around)]
    return [one.at.line for report in reports for one in (*report.fixed, *report.diagnoses)]


@pytest.mark.parametrize("text", [LIST, LIVE])
def test_a_tree_is_kept_from_the_survey_to_the_rules(
    tmp_path: Path, composed: Counter[str], text: str
) -> None:
    first, other = (f"{text}# {number}\n" for number in "12")
    lines = _run(tmp_path, first, SERVICE, other)
    assert lines
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]
    assert composed == {first: 1, SERVICE: 1, other: 1}


def test_what_finds_no_room_is_parsed_again(
    tmp_path: Path, composed: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = (f"{LIST}# {number}\n" for number in "12")
    monkeypatch.setattr(parsed, "_ROOM", len(first))
    assert len(set(_run(tmp_path, first, other, SERVICE))) == 1
    assert composed == {first: 1, other: 2, SERVICE: 1}


@pytest.mark.parametrize(
    ("room", "end", "times"),
    [(1_000, "", 1), (len(f"{BUDGET}---\n{POD}") - 1, "", 2), (1_000, "...\nignored: true\n", 2)],
)
def test_a_tree_is_kept_from_the_census_to_the_rules(
    tmp_path: Path,
    composed: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    end: str,
    times: int,
) -> None:
    monkeypatch.setattr(parsed, "_ROOM", room)
    assert _run(tmp_path, f"{BUDGET}---\n{POD}{end}", around=Context(is_complete=True))
    assert {count for one, count in composed.items() if "kind: Pod\n" in one} == {times}


def test_no_trees_are_held_of_a_file_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed, "_ROOM", 10_000)
    pods = "---\n".join(f"{POD}  nodeName: n{number}\n" for number in range(400))
    tracemalloc.start()
    try:
        collect_census(pods.encode(), "web.yaml", Kinds(), AS_WRITTEN, ParsedFiles())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * len(pods)


def test_documents_that_are_read_in_part_are_read_anew(
    tmp_path: Path, composed: Counter[str]
) -> None:
    text = f"{LIST}...\nignored: true\n"
    assert len(set(_run(tmp_path, text))) == 2
    assert set(composed.values()) == {1}


def test_only_what_has_pods_is_kept() -> None:
    files = ParsedFiles()
    for text, trees in ((SERVICE, None), (f"{SERVICE}---\n{POD}", [False, False]), (LIST, [True])):
        data = text.encode()
        collect_facts(data, "web.yaml", Kinds(), AS_WRITTEN, parsed=files)
        taken = files.take("web.yaml", data)
        assert (taken and [bool(part[-1]) for part in taken.parts]) == trees


def test_a_file_is_divided_as_its_text_is() -> None:
    text = f"# shop\n---\n{SERVICE}---\n{POD}---\n{LIST}"
    files = ParsedFiles()
    collect_facts(text.encode(), "web.yaml", Kinds(), AS_WRITTEN, parsed=files)
    taken = files.take("web.yaml", text.encode())
    assert taken
    chunks = [(chunk._replace(trees=None), kinds) for chunk, kinds in taken.chunks_of(text)]
    assert chunks == [*divide(text)]


def test_documents_of_a_kind_share_what_is_known_of_it() -> None:
    files = ParsedFiles()
    data = f"{POD}---\n{POD}".encode()
    for name in "ab":
        collect_facts(data, name, Kinds(), AS_WRITTEN, parsed=files)
    taken = [part for name in "ab" if (one := files.take(name, data)) for part in one.parts]
    assert len(taken) == 4
    assert len({id(kinds) for _, _, kinds, _ in taken}) == 1


def test_a_file_is_taken_once_and_as_it_was() -> None:
    files = ParsedFiles()
    for name in "ab":
        files.add(name, POD.encode(), [])
    assert files.take("a", POD.encode())
    assert files.take("a", POD.encode()) is None
    assert files.take("b", SERVICE.encode()) is None


def test_what_changes_after_the_survey_is_linted_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = run.survey_files

    def change(*given: Any) -> Any:
        found = survey(*given)
        (tmp_path / "0.yaml").write_text(f"# longer\n{LIST}")
        return found

    monkeypatch.setattr(run, "survey_files", change)
    (line,) = _run(tmp_path, LIST)
    monkeypatch.undo()
    assert _run(tmp_path, LIST) == [line - 1]


def test_little_is_known_of_many_files(
    tmp_path: Path, composed: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = (f"{LIST}# {number}\n" for number in "12")
    monkeypatch.setattr(parsed, "_MOST", 1)
    assert len(set(_run(tmp_path, first, other, SERVICE))) == 1
    assert composed == {first: 1, other: 2, SERVICE: 1}


def test_what_is_longer_than_a_part_is_divided_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "---\n".join(f"{LIST}# {number}\n" for number in range(5))
    lines = _run(tmp_path, text)
    monkeypatch.setattr(stream, "_PART", 500)
    assert _run(tmp_path, text) == lines


def test_nothing_is_known_of_long_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their parts are texts of their own, and a fix is for all of a file."""
    text = "---\n".join(f"{LIST}# {number}\n" for number in range(5))
    lines = _run(tmp_path, text)
    assert len(lines) == 5
    for name, size in (("_LONG", 1_000), ("_PART", 500)):
        monkeypatch.setattr(stream, name, size)
    for mode in (CHECK, RunOptions(diff=True, unsafe=True)):
        assert _run(tmp_path, text, mode=mode) == lines
