"""The cost of repairing: all fixable files of the corpus, and one large file.

(a) `--diff`, which does all of `--fix` but the writing, against `check` of the same files;
(b) 2 MB in 35,000 lines, its time against checking it, and the peak memory; (c) `--fix` of many
files of which each needs it (FILES, 1,000 where it is not set), unfixed again before each run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import ALL_CORES, CHECK, CORPUS, compare, cost, show

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
            [*CHECK, "--diff", str(large)],
            [*CHECK, str(large)],
        )
        memory = cost([*CHECK, "--diff", str(large)]).memory
        show("peak memory of fixing it", f"{memory:7.0f} MB", memory)
        _compare_fix(Path(folder, "many"), int(os.environ.get("FILES", "1000")))
        if not CORPUS.is_dir():
            print(f"skipped: no corpus at {CORPUS} (K8SLINT_CORPUS)")
            return
        files = _fixable(Path(folder, "corpus"))
        compare(
            f"--diff / check of {len(files)} fixable corpus files",
            [*CHECK, "--diff", *files],
            [*CHECK, *files],
        )


def _compare_fix(folder: Path, count: int) -> None:
    env = "        - {name: LOG_LEVEL, value: info}\n" * 3
    texts = {
        f"web-{n}.yaml": MANIFEST.format(n=n, env=env, sleep=60).removesuffix("---\n")
        for n in range(count)
    }
    pairs = 3
    # All of them before the first is fixed: ext4 takes half a millisecond for a file made where
    # a thousand others have just been replaced, which nobody does twice a minute.
    copies = [folder.with_name(f"{folder.name}-{n}") for n in range(4 * pairs + 2)]
    for copy in copies:
        copy.mkdir()
        for name, text in texts.items():
            (copy / name).write_text(text, encoding="utf-8")

    def renew() -> None:
        if folder.exists():
            folder.rename(folder.with_name(f"used-{len(copies)}"))
        copies.pop().rename(folder)

    for cores, check in (("one core", CHECK), ("all cores", ALL_CORES)):
        compare(
            f"--fix / check of {count:,} files that need it, {cores}",
            [*check, "--fix", str(folder)],
            [*check, str(folder)],
            before=renew,
            limit=3,
            pairs=pairs,
        )


def _fixable(folder: Path) -> list[str]:
    shutil.copytree(CORPUS / "plain", folder)
    command = [*CHECK, "--output-format", "json", str(folder)]
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
