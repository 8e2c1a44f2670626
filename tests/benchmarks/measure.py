"""Whole processes against each other, as ratios that a busy machine stretches on both sides."""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.places import ROOT

CORPUS = Path(os.environ.get("K8SLINT_CORPUS") or ROOT.parent / "shared" / "corpus")
PYTHON = [sys.executable, "-c"]
K8SLINT = [sys.executable, "-m", "k8slint"]
CHECK = [*K8SLINT, "check", "-q", "--exit-zero", "-j", "1"]
ALL_CORES = CHECK[:-2]
PAIRS = 7
_CHILD = [sys.executable, "-I", "-S", str(Path(__file__).with_name("child.py"))]

# The figures of this process by name, for `--json`.
figures: dict[str, float] = {}


class Cost(NamedTuple):
    """Seconds by the clock and of the processors, and the peak memory in MB."""

    wall: float
    cpu: float
    memory: float

    def less(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu, self.memory)


def cost(
    command: Sequence[str],
    before: Callable[[], object] = bool,
    stdin: str = "",
    codes: Container[int] = (0,),
) -> Cost:
    """What a process and its workers cost; `before` is called first, and `stdin` is a file.

    Raises CalledProcessError for an exit code that is not among the `codes`.
    """
    before()
    with open(stdin or os.devnull, "rb") as file:  # noqa: PTH123
        ran = subprocess.run(
            [*_CHILD, *command], cwd=ROOT, stdin=file, stdout=subprocess.PIPE, check=False
        )
    if ran.returncode not in codes:
        raise subprocess.CalledProcessError(ran.returncode, command)
    wall, cpu, memory = map(float, ran.stdout.split())
    return Cost(wall, cpu, memory / 1024)


def cheapest(command: Sequence[str], times: int = 3) -> Cost:
    """The least of several runs."""
    return min((cost(command) for _ in range(times)), key=lambda one: one.cpu)


def compare(
    name: str,
    ours: Sequence[str],
    other: Sequence[str],
    *,
    limit: float | None = None,
    start_up: tuple[Cost, Cost] | None = None,
    pairs: int = PAIRS,
    before: Callable[[], object] = bool,
    by: str = "wall",
) -> None:
    """Print the median of the pair-wise ratios, less the start-up of each where it is given."""
    none = Cost(0, 0, 0)
    our_start, other_start = start_up or (none, none)
    if pairs > 1:
        cost(ours, before)
        cost(other)
    measured = []
    for _ in range(pairs):
        a, b = cost(ours, before).less(our_start), cost(other, before).less(other_start)
        measured.append((getattr(a, by), getattr(b, by)))
    ratio = statistics.median(a / b for a, b in measured)
    a, b = (statistics.median(column) for column in zip(*measured, strict=True))
    show(name, f"{a * 1000:7.0f} ms / {b * 1000:7.0f} ms = {ratio:.2f}", ratio, limit)


def show(name: str, words: str, figure: float, limit: float | None = None) -> None:
    """Print a figure, and keep it."""
    figures[name] = round(figure, 3)
    wanted = f" (limit {limit:g})" if limit is not None else ""
    print(f"{name:<62} {words}{wanted}", flush=True)


def compiled() -> None:
    """Compile what is measured: a checkout may be fresh."""
    for folder in ("k8slint", "rules"):
        compileall.compile_dir(ROOT / folder, quiet=1)


def write_json(file: str) -> None:
    Path(file).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
