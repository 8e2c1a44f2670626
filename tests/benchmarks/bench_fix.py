"""The cost of repairing: all fixable files of the corpus, and one large file.

(a) `--diff`, which does all of `--fix` but the writing, against `check` of the same files;
(b) 2 MB in 35,000 lines, its time against checking it, and the peak memory.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench_check import CORPUS, compare, seconds

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{n}}}
spec:
  selector: {{matchLabels: {{app: web-{n}}}}}
  template:
    metadata: {{labels: {{app: web-{n}}}}}
    spec:
      containers:
      - name: app
        image: example.com/web:{n}
        env:
{env}        lifecycle:
          preStop:
            exec: {{command: [sleep, "{sleep}"]}}
---
"""
VALUE = "'a value of about the length such values have'"


def main() -> None:
    check = [sys.executable, "-m", "k8slint", "check", "-q", "--exit-zero", "-j", "1"]
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder, "large.yaml")
        variables = (f"        - {{name: VARIABLE_{n}, value: {VALUE}}}\n" for n in range(40))
        env = "".join(variables)
        sleeps = (60 if n % 60 == 0 else 5 for n in range(650))
        documents = [MANIFEST.format(n=n, env=env, sleep=s) for n, s in enumerate(sleeps)]
        large.write_text("".join(documents), encoding="utf-8")
        size, lines = large.stat().st_size / 1e6, sum(text.count("\n") for text in documents)
        compare(
            f"--diff / check of {size:.1f} MB, {lines:,} lines",
            [*check, "--diff", str(large)],
            [*check, str(large)],
        )
        _, memory = seconds([*check, "--diff", str(large)])
        print(f"{'peak memory of fixing it':<58} {memory:7.0f} MB")
        if not CORPUS.is_dir():
            print(f"skipped: no corpus at {CORPUS} (K8SLINT_CORPUS)")
            return
        files = _fixable(check, Path(folder, "corpus"))
        compare(
            f"--diff / check of {len(files)} fixable corpus files",
            [*check, "--diff", *files],
            [*check, *files],
        )


def _fixable(check: list[str], folder: Path) -> list[str]:
    shutil.copytree(CORPUS / "plain", folder)
    command = [*check, "--output-format", "json", str(folder)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return sorted(
        {
            finding["path"]
            for finding in found["findings"]
            if finding["fix"]
            and finding["fix"]["applicability"] == "safe"
            and finding["severity"] != "info"
        }
    )


if __name__ == "__main__":
    main()
