"""What twice as many of something cost, in shapes that are easily quadratic, without start-up.

SHARE (0.1 where it is not set) is the part of the full size of each shape that is measured.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.bench_render import write_tree
from tests.benchmarks.measure import CHECK, cheapest, cost, show
from tests.command import make
from tests.hostile.test_cost import (
    BUDGET,
    BUDGET_OF_EXPRESSION,
    INPUTS,
    POOL,
    PORT,
    SLEEP,
    container,
    deployment,
    service,
    stream,
)

SHARE = float(os.environ.get("SHARE", "0.1"))
# Twice as much, and some for lists and tables that grow.
LIMIT = 2.35
MEMORY = 250
WORKLOADS = 200
ENTRY = {"resource": "Deployment web", "code": "GS101", "pointer": "/spec/template/spec"}


class Shape(NamedTuple):
    """A full size, and what writes the files for a number of things."""

    size: int
    write: Callable[[Path, int], object]


def files(of: Callable[[int], Mapping[str, str]]) -> Callable[[Path, int], object]:
    return lambda folder, n: make(folder, of(n))


def workloads(count: int) -> str:
    return stream([deployment(f"w{i}", container(0)) for i in range(count)])


def joined(objects: Callable[[int], Iterable[str]]) -> Callable[[Path, int], object]:
    """Many objects beside 200 workloads, all of the same labels."""
    return files(
        lambda n: {"objects.yaml": stream([*objects(n)]), "workloads.yaml": workloads(WORKLOADS)}
    )


def mirrored(objects: Iterable[str]) -> Callable[[Path, int], object]:
    """Many workloads beside few objects, all of the same labels."""
    few = stream([*objects])
    return files(lambda n: {"objects.yaml": few, "workloads.yaml": workloads(n)})


def in_container(head: str, line: str) -> Callable[[Path, int], object]:
    return files(
        lambda n: {
            "a.yaml": deployment(
                "web", container(0, f"{head}:\n" + "".join(line.format(i) for i in range(n)))
            )
        }
    )


def baseline(folder: Path, n: int) -> None:
    """A baseline of files that are gone, any of which may be the one that is there."""
    entries = [{"path": f"{i}.yaml", **ENTRY} for i in range(n)]
    known = json.dumps({"version": 1, "entries": entries})
    web = deployment("web", container(0, SLEEP))
    make(folder, {".k8slint-baseline.json": known, ".k8slint.yaml": "", "web.yaml": web})


def nested(folder: Path, n: int) -> None:
    """Chains of 100 folders, with a file in each folder."""
    depth = 100
    make(
        folder,
        {
            f"{i // depth}/{'d/' * (i % depth)}a.yaml": deployment("web", container(0))
            for i in range(n)
        },
    )


SHAPES = {
    "Services of the same labels": Shape(50_000, joined(lambda n: map(service, range(n)))),
    "workloads of 200 Services": Shape(10_000, mirrored(map(service, range(WORKLOADS)))),
    "budgets of the same labels": Shape(50_000, joined(lambda n: (BUDGET % i for i in range(n)))),
    "workloads of a budget": Shape(10_000, mirrored([BUDGET % 0])),
    "budgets that select by expressions": Shape(
        10_000,
        files(
            lambda n: {
                "objects.yaml": stream([BUDGET_OF_EXPRESSION % (i, i) for i in range(n)]),
                "workloads.yaml": workloads(n),
            }
        ),
    ),
    "Services and Ingresses of one name": Shape(
        10_000, files(INPUTS["Services and Ingresses of one name"])
    ),
    "workloads on NodePools": Shape(
        10_000,
        files(
            lambda n: {
                "objects.yaml": stream([POOL % i for i in range(n)]),
                "workloads.yaml": workloads(n),
            }
        ),
    ),
    "containers of a pod": Shape(
        10_000,
        files(lambda n: {"a.yaml": deployment("web", "".join(map(_sleeping, range(n))))}),
    ),
    "variables of a container": Shape(10_000, in_container("env", "- {{name: A{0}, value: b}}\n")),
    "ports of a container": Shape(10_000, in_container("ports", "- {{containerPort: {0}}}\n")),
    "mounts of a container": Shape(
        10_000, in_container("volumeMounts", "- {{name: a, mountPath: /a/{0}}}\n")
    ),
    "entries of a baseline": Shape(100_000, baseline),
    "overlays of a base": Shape(1_000, write_tree),
    "nested folders": Shape(5_000, nested),
    "documents of a file": Shape(
        100_000,
        files(
            lambda n: {
                "a.yaml": stream([deployment(f"w{i}", container(0, PORT)) for i in range(n)])
            }
        ),
    ),
}


def _sleeping(number: int) -> str:
    return container(number, SLEEP)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start_up = cheapest([*CHECK, folder])
        for name, (size, write) in SHAPES.items():
            half, whole = int(size * SHARE / 2), int(size * SHARE)
            costs = []
            for n in (half, whole):
                place = Path(folder, f"{name} {n}")
                place.mkdir()
                write(place, n)
                costs.append(cost([*CHECK, str(place)]).less(start_up))
            first, second = costs
            ratio = second.cpu / first.cpu
            words = f"{second.cpu:7.2f} s / {first.cpu:7.2f} s = {ratio:.2f}"
            show(f"{whole:,} {name} / half of them", words, ratio, LIMIT)
            show("  their peak memory", f"{second.memory:7.0f} MB", second.memory, MEMORY)


if __name__ == "__main__":
    main()
