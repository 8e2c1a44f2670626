"""Long files, which several workers look at part by part."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any, NoReturn, Self, cast
from unittest import mock

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.lint import ignores, judge, run, workers
from k8slint.lint.inspect import inspect
from k8slint.lint.settings import Settings
from k8slint.lint.survey import collect_facts, has_facts_in_parts, join_facts, read_facts
from k8slint.lint.task import RunOptions, Task
from k8slint.lint.units import Cutting, WorkUnit, work_units
from k8slint.manifest import stream
from k8slint.manifest.source import Source
from k8slint.manifest.stream import StreamPart, split_stream
from tests.command import check, contents, make
from tests.tiers import long_except

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
"""
BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}
"""
SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {kind: Deployment, name: web}}
"""
SCRIPT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data:
  stop.sh: |
    sleep 50
    echo ---
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 80}]
        lifecycle: {preStop: {exec: {command: [sh, /scripts/stop.sh]}}}
        volumeMounts: [{name: scripts, mountPath: /scripts}]
      volumes: [{name: scripts, configMap: {name: scripts}}]
"""
LATE = """\
apiVersion: v1
kind: Pod
metadata: {name: late}
spec: {containers: [{name: a, image: a, lifecycle: {preStop: {sleep: {seconds: 45}}}}]}
"""
MARKERS = """\
apiVersion: v1
kind: Pod
metadata:
  name: markers
  annotations:
    block: |
      ---
      kind: Pod
     # ---
    quoted: "a

      ---

      b"
spec: {containers: [{name: a, image: a, command: [sh, -c, "sleep 1 & wait"]}]}
"""
OBJECT = f"{json.dumps(yaml.safe_load(LATE))}\n"
CLEAN = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"
BROKEN = "kind: Pod\nspec: [\n"
TEMPLATE = "kind: Pod\nspec: {{ .Values.spec }}\n"
ANCHORED = LATE.replace("{name: a, image: a", "&one {name: a, image: a")
ALIASED = LATE.replace("late", "*one")


def annotated(words: str, text: str = LATE) -> str:
    return text.replace("{name: ", f"{{annotations: {{{words}}}, name: ", 1)


IGNORED = annotated("k8slint/ignore: 'GS001: known'")
UNUSED = annotated("k8slint/ignore.a: GS101")
UNKNOWN = annotated("k8slint/ignore: GS101x")
MISSPELT = annotated("k8slint/ignored: GS101")
DRAINED = annotated("k8slint/drain: 20s")
TWICE = LATE.replace("lifecycle: {", "lifecycle: {preStop: {sleep: {seconds: 1}}, ")
HIDDEN_TWICE = annotated("k8slint/ignore: 'GS900, GS001'", TWICE)
STREAMS = {
    "objects that concern each other": [WEB, SERVICE, BUDGET, SCALER, SCRIPT, LATE],
    "what concerns a workload comes first": [SCRIPT, SCALER, BUDGET, SERVICE, WEB],
    "the same, many times": [LATE] * 9,
    "markers in scalars": [MARKERS, LATE, MARKERS],
    "nothing to find": [CLEAN] * 5,
    "empty documents": ["", "", LATE, "", "# c\n", LATE, ""],
    "comments above the first marker": ["# c\n", LATE, LATE],
    "ends of documents": [f"{LATE}...\n", f"{LATE}...\nignored\n", LATE],
    "a document that is broken": [LATE, CLEAN, BROKEN, WEB, LATE],
    "one that is a template": [LATE, CLEAN, TEMPLATE, WEB],
    "an alias to another document": [ANCHORED, ALIASED, LATE],
    "a directive": ["%YAML 1.2\n", LATE, LATE],
    "a directive further down": [LATE, f"{CLEAN}...\n%YAML 1.2\n", LATE],
    "what kubectl refuses": [LATE, f"{CLEAN}--- a\n", LATE],
    "an annotation that ignores": [LATE, IGNORED, LATE, IGNORED, WEB],
    "one that ignores nothing": [LATE, UNUSED, LATE],
    "one that names no rule": [LATE, UNKNOWN, MISSPELT],
    "more words than get a hint": [annotated(f"k8slint/ignore: GS{n}x") for n in range(12)],
    "one about all objects of a name": [TWICE, HIDDEN_TWICE, TWICE],
    "one that may hide what a script does": [UNUSED, WEB, LATE],
    "one that declares a drain": [LATE, DRAINED, WEB],
    "an annotation and a comment": [IGNORED, f"# K8slint: ignore[GS001]\n{LATE}", LATE],
    "a comment that ignores": [f"# k8slint: file-ignore[GS001] why\n{LATE}", LATE],
    "a comment that ignores nothing": [LATE, f"# k8slint: ignore[GS001]\n{CLEAN}", LATE],
}
BYTES = {
    **{name: "---\n".join(texts).encode() for name, texts in STREAMS.items()},
    "carriage returns": f"{WEB}---\n{SERVICE}---\n{LATE}".replace("\n", "\r\n").encode(),
    "a byte order mark": f"\ufeff---\n{WEB}---\n{LATE}".encode(),
    "no text in between": f"{LATE}---\nkind: Pod\na: é\n---\n{WEB}".encode("latin-1"),
    "no text where there are no workloads": f"{WEB}---\na: é\n---\n{LATE}".encode("latin-1"),
    "a byte order mark before what kubectl refuses": f"\ufeff--- a\n{WEB}---\n{LATE}".encode(),
    "a byte order mark before a directive": f"\ufeff%A\n---\n{WEB}---\n{LATE}".encode(),
    "a zero byte": f"{LATE}---\nkind: Pod\na: \0\n---\n{WEB}".encode(),
    "UTF-16": f"{LATE}---\n{WEB}".encode("utf-16"),
    "other line breaks": f"{LATE}---\nkind: Pod\na: \x85---\n---\n{WEB}".encode(),
    "JSON objects without a marker between some": f"{OBJECT}{OBJECT}---\n{OBJECT}---\n".encode(),
    "JSON objects with one between all": f"{OBJECT}---\n{OBJECT}---\n{OBJECT}".encode(),
    "JSON objects above a directive": f"{{}}\n...\n%A\n---\n{LATE}---\n{WEB}".encode(),
    "a marker at the end": f"{LATE}---\n{WEB}---".encode(),
}


# How many pools of workers look at them; two where facts and findings are looked for in parts.
POOLS = {
    "JSON objects without a marker between some": 0,
    "JSON objects above a directive": 0,
    "UTF-16": 0,
    "a directive": 0,
    "a directive further down": 0,
    "a zero byte": 1,
    "no text in between": 0,
    "no text where there are no workloads": 0,
    "a byte order mark before what kubectl refuses": 1,
    "a byte order mark before a directive": 0,
    "an annotation and a comment": 1,
    "a comment that ignores": 1,
    "a comment that ignores nothing": 1,
    "what kubectl refuses": 1,
    "nothing to find": 1,
}
JSON = ("--select", "ALL", "--isolated", "--output-format", "json", "-v")


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file is long, and each document a part; returns how many workers are started."""
    started: list[int] = []
    real = workers._pool

    def counted(jobs: int, batches: int, cluster: Cluster = ALONE) -> Any:
        started.append(min(jobs, batches))
        return real(jobs, batches, cluster)

    monkeypatch.setattr(workers, "_pool", counted)
    monkeypatch.setattr(stream, "_LONG", 0)
    monkeypatch.setattr(stream, "_PART", 1)
    monkeypatch.setattr(ignores, "_HINTS", 10)
    for limit in ("POOL_ABOVE", "_SURVEY_POOL_ABOVE"):
        monkeypatch.setattr(run, limit, 0)
    return started


class InThisProcess:
    """A pool that starts no process; what its workers are sent, and answer, is pickled as ever."""

    def __init__(self, *_: Any, initargs: tuple[Any, ...], **__: Any) -> None:
        self.cluster = initargs[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        future: Future[Any] = Future()
        work, given = pickle.loads(pickle.dumps((work, given)))
        with mock.patch.object(workers, "_cluster", self.cluster):
            future.set_result(pickle.loads(pickle.dumps(work(*given))))
        return future


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(futures, "ProcessPoolExecutor", InThisProcess)


# What keeps a file whole, or passes from part to part, once each.
PARTS = (
    *("objects that concern each other", "comments above the first marker", "ends of documents"),
    *("a document that is broken", "one that is a template", "a directive further down"),
    *("what kubectl refuses", "an annotation that ignores", "a comment that ignores"),
    *("carriage returns", "a byte order mark", "a zero byte", "UTF-16", "a marker at the end"),
    "JSON objects without a marker between some",
)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("name", long_except(BYTES, *PARTS))
def test_the_same_is_found_in_the_parts(tmp_path: Path, pools: list[int], name: str) -> None:
    assert_the_same(tmp_path, pools, name)


FEW = ("objects that concern each other", "a comment that ignores")


@pytest.mark.parametrize("name", long_except(BYTES, *FEW))
def test_workers_find_the_same_in_the_parts(tmp_path: Path, pools: list[int], name: str) -> None:
    assert_the_same(tmp_path, pools, name)


def assert_the_same(tmp_path: Path, pools: list[int], name: str) -> None:
    """In a long file as in a short one, whoever looks at its parts."""
    data = BYTES[name]
    make(tmp_path, {"long.yaml": data})
    with mock.patch.object(stream, "_LONG", len(data)):
        whole = check(tmp_path, *JSON, "long.yaml")
    alone = check(tmp_path, *JSON, "-j1", "long.yaml")
    piped = check(tmp_path, *JSON, "-j1", "-", stdin=data)
    assert not pools
    assert alone == whole
    assert check(tmp_path, *JSON, "-j2", "long.yaml") == alone
    assert len(pools) == POOLS.get(name, 2)
    assert check(tmp_path, *JSON, "-j3", "-", stdin=data) == piped
    assert bool(alone.data["findings"]) == (name != "nothing to find")


@pytest.mark.parametrize("arguments", ["--fix", "--diff", "--add-ignore", "--fix -"])
def test_a_change_is_made_to_the_whole_file(
    tmp_path: Path, pools: list[int], arguments: str
) -> None:
    data = BYTES["objects that concern each other"]
    results = []
    for jobs in ("1", "2"):
        folder = tmp_path / jobs
        make(folder, {"long.yaml": data})
        words = ["--unsafe-fixes", *arguments.split()]
        words += [] if "-" in words else ["long.yaml"]
        ran = check(folder, "--isolated", *words, "-j", jobs, stdin=data)
        results.append((ran, contents(folder)))
    assert results[0] == results[1]
    assert {results[0][0].out, results[0][1]["long.yaml"]} - {data, b""}
    assert len(pools) == 1  # For facts.


@pytest.mark.usefixtures("in_this_process")
def test_long_files_stand_among_others(tmp_path: Path, pools: list[int]) -> None:
    files = {f"{number % 3}/{number}.yaml": text for number, text in enumerate(BYTES.values())}
    make(tmp_path, files)
    alone = check(tmp_path, *JSON, "-j1", ".")
    assert check(tmp_path, *JSON, "-j3", ".") == alone
    assert pools == [3, 3, 3]  # The third counts pods.
    known = ("--baseline", "known.json")
    assert check(tmp_path, *JSON[:2], *known, "--write-baseline", "-j1", ".").code == 0
    assert check(tmp_path, *JSON[:2], *known, "-j2", ".").out == b""


def test_a_crash_in_a_part_is_that_of_the_file(
    tmp_path: Path, pools: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashing(source: Source, *rest: Any) -> Any:
        if "markers" in source.text:
            raise ZeroDivisionError(source.above)
        return inspect(source, *rest)

    monkeypatch.setattr("k8slint.lint.inspect.inspect", crashing)
    make(tmp_path, {"long.yaml": f"{LATE}---\n{WEB}---\n{MARKERS}---\n{LATE}---\n{MARKERS}"})
    alone = check(tmp_path, *JSON, "-j1", "long.yaml")
    assert check(tmp_path, *JSON, "-j2", "long.yaml") == alone
    assert alone.code == 2
    assert f"ZeroDivisionError({(LATE + WEB).count(chr(10)) + 1})" in alone.err


@pytest.mark.parametrize(("size", "wanted"), [(40_000, []), (40_001, [2])])
def test_a_small_stream_starts_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, wanted: list[int]
) -> None:
    """As long as several files would have to be, or one byte more."""
    started: list[int] = []

    def counted(jobs: int, batches: int, _: Cluster) -> NoReturn:
        started.append(min(jobs, batches))
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "_pool", counted)
    monkeypatch.setattr(run, "POOL_ABOVE", 40_000)
    monkeypatch.setattr(stream, "_LONG", 10_000)
    monkeypatch.setattr(stream, "_PART", 5_000)
    comments = f"---\n#{'-' * 98}\n" * 400
    data = f"{LATE}{comments}".encode()[: size - 1] + b"\n"
    make(tmp_path, {"long.yaml": data})
    for words in (("long.yaml",), ("-",)):
        started.clear()
        with suppress(KeyboardInterrupt):
            check(tmp_path, "--isolated", "-j2", *words, stdin=data)
        assert started == wanted


KINDS = [LATE, CLEAN, MARKERS, "a: 1\n", ""]
TEXTS = st.lists(st.sampled_from(KINDS), max_size=6)
ANNOTATED = [IGNORED, UNUSED, UNKNOWN, MISSPELT, DRAINED, TWICE, HIDDEN_TWICE]


@given(st.lists(st.sampled_from([*KINDS, WEB, SERVICE, BROKEN, *ANNOTATED]), max_size=6))
@example([LATE, LATE])
def test_the_parts_say_what_the_whole_file_does(texts: list[str]) -> None:
    """Pods that other parts are above are numbered as in the whole."""
    data = "---\n".join(texts).encode()
    task = Task("long.yaml", Settings(select=("ALL",)))
    whole = run.run_bytes(data, task, RunOptions())
    with mock.patch.object(stream, "_PART", 1), mock.patch.object(stream, "_LONG", 0):
        assert run.run_bytes(data, task, RunOptions()) == whole


@given(st.lists(TEXTS, max_size=20), st.integers(2, 5), st.integers(1, 400), st.integers(0, 900))
def test_the_units_of_work_are_all_there_is(
    files: list[list[str]], jobs: int, part: int, long: int
) -> None:
    """In the order of the files; none is empty, and no part is cut twice."""
    tasks = [
        Task(str(number), Settings(), given="---\n".join(texts).encode())
        for number, texts in enumerate(files)
    ]
    with (
        mock.patch.object(stream, "_PART", part),
        mock.patch.object(stream, "_LONG", long),
    ):
        units = [*work_units(tasks, jobs, Cutting(lambda *_: True, max))]
    assert [task for task, _ in groupby(task for unit in units for task in unit.tasks)] == tasks
    for task in tasks:
        parts = [unit.part.data for unit in units if unit.part and unit.tasks == (task,)]
        assert b"".join(parts) in (task.given, b"")
        assert all(len(one) > part for one in parts[:-1])
        assert not parts or len(parts) > 1


@given(TEXTS)
def test_the_facts_of_a_file_are_those_of_its_parts(texts: list[str]) -> None:
    for one in (SERVICE, BUDGET, SCALER, SCRIPT, WEB):
        texts = [*texts, one]
        data = "---\n".join(texts).encode()
        task = Task("long.yaml", Settings())
        whole = collect_facts(data, "long.yaml", Kinds(), AS_WRITTEN)
        with mock.patch.object(stream, "_PART", 1), mock.patch.object(stream, "_LONG", 0):
            assert has_facts_in_parts(data, task)
            parts = [read_facts(task, part) for part in split_stream(data)]
        assert join_facts(task, parts) == whole


def test_no_more_of_a_file_is_held_than_keeps_workers_busy() -> None:
    """However slow the first part is."""
    gate, made = Event(), []

    def units() -> Iterator[WorkUnit]:
        for number in range(100):
            made.append(number)
            yield WorkUnit((Task(str(number), Settings()),), StreamPart(b"%d" % number))
            assert len(made) <= len(done) + 2 * 3

    done: list[bytes] = []

    def work(unit: WorkUnit, _: Cluster) -> bytes:
        assert unit.part
        if unit.part.data == b"0":
            assert gate.wait(10)
        done.append(unit.part.data)
        if len(done) == 99:
            gate.set()
        return unit.part.data

    with ThreadPoolExecutor(3) as pool:
        found = [*workers._spread(cast("ProcessPoolExecutor", pool), work, units(), 3)]
    assert [data for _, data in found] == [b"%d" % number for number in range(100)]
    assert done[-1] == b"0"


# What a long stream is asked of which no copy is made.
ASKED: dict[str, Callable[[bytes, Task], object]] = {
    "whether it can be judged in parts": lambda data, task: judge.is_in_parts(
        data, task, RunOptions(), ALONE
    ),
    "which facts it holds": lambda data, task: read_facts(task._replace(given=data)),
}


@pytest.mark.parametrize("what", ASKED)
def test_no_copy_is_made_of_a_stream(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_LONG", 10_000)
    monkeypatch.setattr(stream, "_PART", 10_000)
    data = b"\n" + b"---\nkind: Pod\nmetadata: {name: a}\n" * 30_000
    task = Task("-", Settings())
    tracemalloc.start()
    try:
        assert ASKED[what](data, task)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(data) / 10
