"""What reading a hook costs: microseconds per handler of the corpus, the grammar being loaded.

The grammar's own parse of the same scripts is the yardstick that a busy machine stretches too.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from k8slint.shutdown.shell import grammar, read, read_intention
from tests.places import ROOT

CORPUS = Path(os.environ.get("K8SLINT_CORPUS") or ROOT.parent / "shared" / "corpus")
ROUNDS = 15


def main() -> None:
    """Print the figures, or say aloud that there is no corpus."""
    _print_loading()
    handlers = CORPUS / "prestop.jsonl"
    if not handlers.is_file():
        print(f"SKIPPED: no handlers at {handlers} (set K8SLINT_CORPUS)")
        return
    lines = handlers.read_text().splitlines()
    commands = [command for line in lines if (command := _command(json.loads(line)["handler"]))]
    scripts = [command[2].encode() for command in commands if _is_script(command)]
    parser = grammar._parser()

    def read_all() -> None:
        for command in commands:
            read(command, {})

    def read_afresh() -> None:
        grammar.parse.cache_clear()
        read_all()

    def intend_all() -> None:
        for command, reading in readings:
            read_intention(reading, command, {})

    def parse_all() -> None:
        for script in scripts:
            parser.parse(script)

    gc.disable()  # as the command line does
    readings = [(command, read(command, {})) for command in commands]
    costs = map(_fastest, (read_afresh, read_all, intend_all, parse_all))
    reading, again, intending, parsing = costs
    print(f"{len(lines)} handlers, {len(commands)} of them exec, {len(scripts)} scripts")
    print(f"reading: {reading / len(lines) * 1e6:.0f} µs per handler of any kind (limit 100)")
    print(f"exec:    {reading / len(commands) * 1e6:.0f} µs per exec handler")
    print(f"again:   {again / len(commands) * 1e6:.0f} µs per exec handler met before")
    print(f"as it is meant: {intending / len(commands) * 1e6:.0f} µs more per exec handler")
    print(f"parsing: {parsing / len(commands) * 1e6:.0f} µs per exec handler")
    print(f"ratio:   {reading / parsing:.1f}")


def _command(handler: object) -> list[str] | None:
    match handler:
        case {"exec": {"command": [*words]}} if words and all(isinstance(w, str) for w in words):
            return [str(word) for word in words]
    return None


def _is_script(command: list[str]) -> bool:
    return len(command) > 2 and command[1].startswith("-") and command[1].endswith("c")


def _fastest(run: Callable[[], None]) -> float:
    def timed() -> float:
        begun = time.process_time()  # a busy machine must not count
        run()
        return time.process_time() - begun

    return min(timed() for _ in range(ROUNDS))


def _print_loading() -> None:
    code = (
        "import sys, time; from k8slint.shutdown.shell import read; "
        "read(['sh', '-c', 'sleep 5'], {}); plain = 'tree_sitter' in sys.modules; "
        "begun = time.perf_counter(); read(['sh', '-c', 'sleep 5; true'], {}); "
        "print(plain, time.perf_counter() - begun)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       cwd=ROOT).stdout.split()
        for _ in range(3)
    ]  # fmt: skip
    loaded = "LOADED" if runs[0][0] == "True" else "not loaded"
    print(f"without a script the grammar is {loaded}")
    print(f"loading it: {statistics.median(float(run[1]) for run in runs) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
