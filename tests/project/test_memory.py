"""What a run lets go of: trees are gone with the file they were read from."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterable, Iterator

from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.lint.census import collect_census
from k8slint.lint.run import run_batch
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions, Task
from k8slint.manifest.tree import Document
from tests.places import FIXTURES, ROOT
from tests.syntax import module_of, nodes_of

_FILES = [
    str(path) for name in ("bad", "projects") for path in sorted((FIXTURES / name).rglob("*.yaml"))
]


def _documents() -> set[int]:
    return {id(one) for one in gc.get_objects() if isinstance(one, Document)}


def test_no_circle_keeps_a_tree() -> None:
    tasks = [Task(path, Settings()) for path in _FILES]
    # Caches let go of what other tests have left in them.
    assert [*run_batch(tasks, RunOptions(diff=True), 1)]
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        reports = [*run_batch(tasks, RunOptions(diff=True), 1)]
        # Some are the last that a cache was asked about.
        kept = len(_documents())
        gc.collect()
        in_circles = kept - len(_documents())
    finally:
        if was_enabled:
            gc.enable()
    assert sum(report.workloads for report in reports) > 100
    assert in_circles == 0


def test_a_census_keeps_no_tree() -> None:
    text = (FIXTURES / "demo" / "shop" / "web.yaml").read_bytes()
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        before = _documents()
        census = collect_census(text, "web.yaml", Kinds(), AS_WRITTEN)
        kept = _documents() - before
    finally:
        if was_enabled:
            gc.enable()
    assert census.owners
    assert not kept


def test_reports_do_not_hold_the_files() -> None:
    reports = [*run_batch([Task(path, Settings()) for path in _FILES], RunOptions(), 1)]
    assert all(report.text is None for report in reports)


def test_no_cache_grows_without_end() -> None:
    """What is asked for again and again depends on the files: a long session sees ever more."""
    files = [*(ROOT / "k8slint").rglob("*.py")]
    endless = [
        f"{file.relative_to(ROOT)}: {function}"
        for file in files
        for function in _cached_for_good(module_of(file))
    ]
    assert not endless, "use @lru_cache(maxsize=...)"
    assert [*_cached_for_good(ast.parse("@cache\ndef f(a): pass"))] == ["f"]


def test_nothing_is_kept_by_its_id() -> None:
    """Once an object is gone, another one may get its id."""
    files = [path for part in ("k8slint", "rules") for path in (ROOT / part).rglob("*.py")]
    users = [str(path.relative_to(ROOT)) for path in files if _uses_id(nodes_of(path))]
    assert not users, "let the object itself be the key, or what distinguishes it"
    assert _uses_id(ast.walk(ast.parse("a[id(b)]")))
    assert _uses_id(ast.walk(ast.parse("{*map(id, a)}")))
    assert not _uses_id(ast.walk(ast.parse("class A:\n    id = 'a'\nA.id, f(id=1)")))


def _uses_id(nodes: Iterable[ast.AST]) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == "id" and isinstance(node.ctx, ast.Load)
        for node in nodes
    )


def _cached_for_good(module: ast.Module) -> Iterator[str]:
    """The functions of a module that remember an answer for all that they were ever given."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and (node.args.args or node.args.kwonlyargs):
            how = {ast.unparse(one) for one in node.decorator_list}
            if how & {"cache", "functools.cache", "lru_cache(maxsize=None)"}:
                yield node.name
