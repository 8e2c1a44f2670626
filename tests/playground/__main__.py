"""Compare the playground's engine with CPython: `python -m tests.playground FOLDER-OR-FILE ...`.

A folder stands for the manifests below it, a file `*.jsonl` for one hook a line. It ends with 1
where anything but the words of YAML parsers differs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.playground import build
from tests.playground.engine import (
    ALL,
    PACKAGES,
    POD,
    answers,
    differences,
    engine,
    other_words,
    page_here,
)


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the manifests that a path stands for, each with a name to report it by."""
    if path.suffix == ".jsonl":
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            grace = row.get("grace")
            shown = grace if isinstance(grace, int) else 30
            yield f"hook {number}", POD.format(grace=shown, hook=json.dumps(row["handler"]))
        return
    for file in sorted(path.rglob("*")):
        if file.suffix in (".yaml", ".yml") and file.is_file():
            yield str(file), file.read_text(encoding="utf-8", errors="replace")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.playground", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=1_000_000)
    called = parser.parse_args()
    counts: Counter[str] = Counter()
    node = shutil.which("node") or sys.exit("node is not installed")
    with tempfile.TemporaryDirectory() as work:
        built, here = Path(work, "built"), Path(work, "here")
        build.build(PACKAGES, built)
        page = page_here(here)
        with engine(node, built) as there:

            def ask_here(**request: Any) -> Any:
                return json.loads(page.answer(json.dumps(request)))

            def ask_there(**request: Any) -> Any:
                told = there.ask(**request)
                counts[f"{request['do']}s"] += 1
                counts[f"ms of {request['do']}"] += round(told.cpu)
                return told.answer

            every = (one for path in called.paths for one in texts(path))
            for name, text in [*every][: called.limit]:
                files = {"a.yaml": text}
                own, others = (answers(ask, files, ALL) for ask in (ask_here, ask_there))
                counts["texts"] += 1
                counts["findings"] += sum(
                    len(one["findings"]) for one in own["check"].get("files", {}).values()
                )
                for difference in differences(own, others):
                    counts["differences"] += 1
                    print(f"{name}: {difference}")
                for one, other in other_words(own, others):
                    counts["messages of YAML parsers that differ"] += 1
                    print(f"{name}: GS900\n  here  {one}\n  there {other}")
    for what, count in sorted(counts.items()):
        print(f"{count:9,} {what}")
    return 1 if counts["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
