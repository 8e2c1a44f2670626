"""Hold k8slint against Kubernetes' own code: `make oracle`.

For each version: the fixtures, the corpus where there is one, and mutants of both, before and
after `--fix` and `--fix --unsafe-fixes`. The run over the fixtures is compared with the table in
recorded/; any run must reach the targets of table.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.oracle import table
from tests.oracle.build import NEEDS, minor_of
from tests.oracle.clean import clean_workloads, corpus, manifests
from tests.oracle.compare import WHOLE_FILES, Row, compare_files, compare_mutants
from tests.oracle.judge import Judge, build_judge
from tests.oracle.mutants import make_mutants
from tests.oracle.table import Table
from tests.places import FIXTURES

# The newest patch of the two newest minor versions: what the recorded tables are about.
VERSIONS = ("v1.37.2", "v1.36.3")
LEAST_MUTANTS = 4_000
# The recorded table is of the first; the second is one that no rule was written against.
SEED, OTHER_SEED = 1, 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="make oracle", description=__doc__, epilog=NEEDS)
    parser.add_argument("--versions", nargs="+", default=VERSIONS, metavar="vX.Y.Z")
    parser.add_argument("--seed", type=int, default=OTHER_SEED, help="of the second run")
    parser.add_argument("--record", action="store_true", help="record the tables anew")
    parser.add_argument("--verbose", action="store_true", help="an example of every fault")
    options = parser.parse_args()
    worse: list[str] = []
    for version in options.versions:
        judge = build_judge(version)
        path = table.RECORDED / f"{minor_of(version)}.json"
        before = table.read(path)
        now = run(judge, SEED, [FIXTURES], before, verbose=options.verbose)
        if options.record:
            before = now
        folders = second_folders()
        other = run(judge, options.seed, folders, before, verbose=options.verbose)
        if options.record:
            before = now.accepting(other)
            table.write(before, path, about(version, options.seed, now, other, folders))
        found = [*table.regressions(now, before), *table.missed_targets(now, before)]
        worse += [f"{version}: {one}" for one in found]
        missed = table.missed_targets(other, before)
        worse += [f"{version}, seed {options.seed}: {one}" for one in missed]
    for line in worse:
        print(f"worse: {line}", file=sys.stderr)
    print(f"{len(worse)} worse than recorded or than the targets" if worse else "as recorded")
    return int(bool(worse))


def second_folders() -> list[Path]:
    folder = corpus()
    if folder is None:
        print("no corpus of real manifests (K8SLINT_CORPUS): the second run is without one")
        return [FIXTURES]
    return [FIXTURES, folder]


def about(
    version: str, seed: int, now: Table, other: Table, folders: Sequence[Path]
) -> dict[str, object]:
    """Return what a recorded table says of itself."""
    return {
        "version": version,
        "seed": SEED,
        "figures": table.figures_of(now)._asdict(),
        "second run": {
            "seed": seed,
            "with the corpus": len(folders) > 1,
            "figures": table.figures_of(other)._asdict(),
        },
    }


def run(
    judge: Judge, seed: int, folders: Sequence[Path], before: Table, *, verbose: bool
) -> Table:
    """Compare mutants of a seed, and the files of folders as they are; print the table."""
    started = time.monotonic()
    mutants = make_mutants(clean_workloads(judge, folders), seed)
    if len(mutants) < LEAST_MUTANTS:
        sys.exit(f"only {len(mutants)} mutants, not {LEAST_MUTANTS}")
    rows = compare_mutants(judge, mutants)
    for folder, name in zip(folders, WHOLE_FILES, strict=False):
        rows += compare_files(judge, name, manifests(folder))
    counted = table.table_of(rows)
    where = " and ".join(("fixtures", "corpus")[: len(folders)])
    seconds = time.monotonic() - started
    print(f"\n{judge.version}, {where}, seed {seed}: {len(mutants):,} mutants, {seconds:.0f} s")
    print(*table.render(counted), sep="\n")
    print(*table.summary(counted), sep="\n")
    show_faults(rows, counted, before, verbose=verbose)
    return counted


def show_faults(rows: Sequence[Row], now: Table, before: Table, *, verbose: bool) -> None:
    examples: dict[tuple[str, str, str], str] = {}
    for row in rows:
        for fault in row.faults:
            examples.setdefault((fault, row.group, row.what), row.example)
    for key, example in sorted(examples.items()):
        known = "recorded" if before.faults[key] else "new"
        print(f"{known} fault: {': '.join(key)} ({now.faults[key]})")
        if verbose:
            print(f"    {example}")


if __name__ == "__main__":
    sys.exit(main())
