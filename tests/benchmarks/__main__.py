"""The benchmarks of this folder, all of them or those that are named: `make bench`.

`--json FILE` writes the figures down, to compare two commits by.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from tests.benchmarks.measure import compiled, write_json

NAMES = [
    path.stem.removeprefix("bench_") for path in sorted(Path(__file__).parent.glob("bench_*.py"))
]

parser = argparse.ArgumentParser(prog="tests/benchmarks", description=__doc__)
parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}")
parser.add_argument("--json", metavar="FILE", help="where to write the figures")
chosen = parser.parse_args()
if unknown := [name for name in chosen.names if name not in NAMES]:
    parser.error(f"there is no benchmark {unknown[0]}")
compiled()
for name in chosen.names or NAMES:
    print(f"\n== {name}", flush=True)
    import_module(f"tests.benchmarks.bench_{name}").main()
if chosen.json:
    write_json(chosen.json)
