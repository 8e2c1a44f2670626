"""The cost of `check` as ratios of whole processes, A and B in turn so that drift cancels out.

(a) the corpus's plain manifests against a bare loop that finds and reads the same files and runs
PyYAML's C event parser over the same workload documents, on one core; (b) one small file against
`import typer`; (c) peak memory.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CORPUS = Path(os.environ.get("K8SLINT_CORPUS") or ROOT.parent / "shared" / "corpus")
SMALL = ROOT / "fixtures" / "demo" / "shop"
PAIRS = 7

BARE_PARSE = """
import os
import sys
import yaml
from k8slint.kubernetes.kinds import Kinds
from k8slint.manifest.tree import cut

kinds = Kinds()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if name.endswith((".yaml", ".yml")) and kinds.may_occur(data):
            for chunk in cut(data.decode("utf-8", "replace")):
                if kinds.is_candidate(chunk.text):
                    parser = yaml.CLoader(chunk.text)
                    try:
                        while parser.check_event():
                            parser.get_event()
                    except yaml.YAMLError:
                        pass
"""


def seconds(command: list[str]) -> tuple[float, float]:
    """Wall time of a whole process, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def compare(name: str, ours: list[str], other: list[str]) -> None:
    """Print the median of the pair-wise ratios."""
    seconds(ours)
    seconds(other)
    pairs = [(seconds(ours)[0], seconds(other)[0]) for _ in range(PAIRS)]
    ratio = statistics.median(a / b for a, b in pairs)
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:<58} {a * 1000:7.0f} ms / {b * 1000:7.0f} ms = {ratio:.2f}")


def main() -> None:
    check = [sys.executable, "-m", "k8slint", "check", "-q", "--exit-zero", "-j", "1"]
    python = [sys.executable, "-c"]
    compileall.compile_dir(ROOT / "k8slint", quiet=1)
    compileall.compile_dir(ROOT / "rules", quiet=1)
    # In a repository of manifests there is no pyproject.toml to look into.
    with tempfile.TemporaryDirectory() as folder:
        for name, what in (("images", "clean"), ("web", "two findings")):
            small = shutil.copy(SMALL / f"{name}.yaml", folder)
            compare(
                f"check one small file, {what} / import typer",
                [*check, small],
                [*python, "import typer"],
            )
    if not CORPUS.is_dir():
        print(f"skipped: no corpus at {CORPUS} (K8SLINT_CORPUS)")
        return
    plain = str(CORPUS / "plain")
    bare = [*python, BARE_PARSE, plain]
    for cores, jobs in (("one core", check), ("all cores", check[:-2])):
        name = f"check the corpus, {cores} / bare parse of its workloads"
        compare(name, [*jobs, plain], bare)
    _, memory = seconds([*check, plain])
    print(f"{'peak memory for the corpus':<58} {memory:7.0f} MB")


if __name__ == "__main__":
    main()
