"""Whole runs of ours against those of other linters, in turn: `make bench-peers` sets them up.

(a) one small file, clean and with two findings; (b) the corpus's plain manifests, all cores; (c)
10,000 documents in 2,000 files, all cores. kube-score stops at the first file that it cannot read,
so of the corpus it is given the files that it can.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.bench_check import SMALL
from tests.benchmarks.bench_join import repository
from tests.benchmarks.measure import ALL_CORES, CORPUS, cost, show
from tests.places import ROOT

PROGRAMS = ROOT / "build" / "peers" / "bin"
# Neither what it finds nor a download is to count.
CHECKOV = ("checkov", "--soft-fail", "--skip-download", "-f")
KUBE_LINTER = ("kube-linter", "lint")
KUBE_SCORE = ("kube-score", "score")
# They end with 1 where they find something.
CODES = (0, 1)
FILES = 2_000
WORKLOADS = 4_900
PAIRS = 7
# Of those that take a minute.
FEW_PAIRS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, what in (("images", "clean"), ("web", "two findings")):
            small = shutil.copy(SMALL / f"{name}.yaml", folder)
            words = f"one small file, {what}"
            _compare(words, [small], CHECKOV, {"cpu": 0.1})
            _compare(words, [small], KUBE_LINTER, {"cpu": 1.9})
            _compare(words, [small], KUBE_SCORE, {"cpu": None})
        many = Path(folder, "many")
        documents = _write(many)
        words = f"{documents:,} documents in {FILES:,} files"
        limits = {"cpu": 0.9, "wall": 0.6, "memory": None}
        _compare(words, [str(many)], KUBE_LINTER, limits, FEW_PAIRS)
        files = [*map(str, sorted(many.iterdir()))]
        _compare(words, files, KUBE_SCORE, limits, FEW_PAIRS)
        if not CORPUS.is_dir():
            print(f"skipped: no corpus at {CORPUS} (K8SLINT_CORPUS)")
            return
        _compare("the corpus", [str(CORPUS / "plain")], KUBE_LINTER, limits)
        files = [*_readable(KUBE_SCORE)]
        _compare(f"{len(files)} files of the corpus", files, KUBE_SCORE, limits)


def _compare(
    name: str,
    paths: Sequence[str],
    other: Sequence[str],
    limits: Mapping[str, float | None],
    pairs: int = PAIRS,
) -> None:
    """Print the medians of the pair-wise ratios for what there are limits."""
    program, *options = other
    found = _found(program)
    if not found:
        print(f"skipped: {name} / {program}, which is not on the PATH or in build/peers")
        return
    ours, theirs = [*ALL_CORES, *paths], [found, *options, *paths]
    cost(ours)
    cost(theirs, codes=CODES)
    measured = [(cost(ours), cost(theirs, codes=CODES)) for _ in range(pairs)]
    for part, limit in limits.items():
        both = [(getattr(a, part), getattr(b, part)) for a, b in measured]
        ratio = statistics.median(a / b for a, b in both)
        a, b = (statistics.median(column) for column in zip(*both, strict=True))
        unit = "MB" if part == "memory" else "s"
        words = f"{a:7.2f} {unit} / {b:7.2f} {unit} = {ratio:.2f}"
        show(f"{name} / {program}, {part}", words, ratio, limit)


def _found(program: str) -> str | None:
    return shutil.which(program, path=str(PROGRAMS)) or shutil.which(program)


def _write(folder: Path) -> int:
    """Write the files, and return how many documents are in them."""
    folder.mkdir()
    texts = [text for _, text in repository(WORKLOADS)]
    written = 0
    for number in range(FILES):
        text = b"---\n".join(texts[number::FILES])
        written += text.count(b"---\n") + 1
        (folder / f"{number}.yaml").write_bytes(text)
    return written


def _readable(command: Sequence[str]) -> Iterator[str]:
    """The files of the corpus that a program can read, tried one by one."""
    program, *options = command
    if found := _found(program):
        for path in sorted((CORPUS / "plain").rglob("*.y*ml")):
            ran = subprocess.run([found, *options, path], check=False, capture_output=True)
            if not ran.stderr:
                yield str(path)


if __name__ == "__main__":
    main()
