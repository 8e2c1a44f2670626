"""Starting Python costs as much as fifty calls within the process, so few modules do."""

from __future__ import annotations

from pathlib import Path

from tests.places import ROOT

# What each tries is a process: its signals, streams, memory, imports or workers; or it runs
# programs of others. All else calls `k8slint` of tests/command.py, or `Copy` of tests/copies.py.
MODULES = {
    "tests": {"docs.py", "test_main.py"},
    "tests/benchmarks": {"bench_join.py", "bench_shell.py", "measure.py"},
    "tests/cli": {
        *("test_cli.py", "test_start.py", "test_terminal.py"),
    },
    "tests/hostile": {
        *("rendering.py", "test_confinement.py", "test_programs.py", "test_render.py"),
        *("test_render_limits.py", "test_text.py", "test_workers.py", "test_write.py"),
    },
    "tests/kubelet": {"drills.py", "measure.py", "observed.py"},
    "tests/lint": {"test_own_rules.py", "test_rendered.py", "test_write.py"},
    "tests/manifest": {"test_pyyaml.py", "test_ruamel.py"},
    "tests/measure": {
        *("conftest.py", "test_apps.py", "test_drill.py", "test_observe.py", "test_steps.py"),
    },
    "tests/outside": {"test_platforms.py"},
    "tests/project": {
        *("test_action.py", "test_ci.py", "test_krew.py", "test_manual.py", "test_pre_commit.py"),
        *("test_release.py", "test_wheel.py"),
    },
    "tests/report": {"test_merging.py", "test_report_targets.py"},
    "tests/server": {"test_editors.py", "test_serve.py"},
    "tests/shutdown": {"test_shell.py"},
}


def test_few_modules_start_python() -> None:
    found: dict[str, set[str]] = {}
    for path in {*(ROOT / "tests").rglob("*.py")} - {Path(__file__)}:
        if "sys.executable" in path.read_text(encoding="utf-8"):
            folder = path.parent.relative_to(ROOT).as_posix()
            found.setdefault(folder, set()).add(path.name)
    assert found == MODULES, "call k8slint() of tests/command.py, or say here that it is a process"
