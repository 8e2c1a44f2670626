"""What the language server costs in a workspace of 1,000 manifests, in seconds of the processor.

Opening it is compared with a check of it by one core, start-up subtracted on both sides. An edit
is measured from the change to its findings, over the protocol, in a file of 200 lines.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from lsprotocol import types

from tests.benchmarks.bench_join import repository
from tests.benchmarks.measure import CHECK, cheapest, show
from tests.command import make
from tests.server.client import PULLS, Client, editor

WORKLOADS = 975
LINES = 200
EDITS = 40
OPENINGS = 3
BUSY = types.ClientCapabilities(
    text_document=PULLS.text_document,
    window=types.WindowClientCapabilities(work_done_progress=True),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, empty = Path(folder) / "all", Path(folder) / "none"
        files = dict(repository(WORKLOADS))
        make(root, files)
        make(empty, {"a.txt": ""})
        assert len(files) == 1_000
        checked = cheapest([*CHECK, str(root)]).cpu - cheapest([*CHECK, str(empty)]).cpu
        least = min(asyncio.run(_opening(root)) for _ in range(OPENINGS))
        ratio = least / checked
        words = f"{least * 1000:7.0f} ms / {checked * 1000:7.0f} ms = {ratio:.2f}"
        show("opening 1,000 manifests against a check of them", words, ratio, 1.3)
        text = _long_text([*files.values()])
        for name, limit, change in (
            ("an edit of a file of 200 lines", 0.05, _comment),
            ("an edit of its Service, which changes what is joined", 0.15, _selector),
        ):
            each = asyncio.run(_editing(root, text, change))
            show(name, f"{each * 1000:7.1f} ms", each, limit)


def _long_text(files: list[bytes]) -> str:
    text = ""
    for data in files:
        if text.count("\n") < LINES:
            text += f"---\n{data.decode()}"
    return text


def _comment(text: str, number: int) -> str:
    return text.replace("replicas: 2", f"replicas: {number + 2}")


def _selector(text: str, number: int) -> str:
    head, service, rest = text.partition("kind: Service")
    return head + service + rest.replace("app: app-", f"app: app{number}-", 1)


async def _opening(root: Path) -> float:
    async with editor(root, capabilities=BUSY) as client:
        start = cpu_of(client)
        while "end" not in client.bars:
            await asyncio.sleep(0.02)
        return cpu_of(client) - start


async def _editing(root: Path, text: str, change: Callable[[str, int], str]) -> float:
    async with editor(root, capabilities=BUSY) as client:
        uri = client.open(root / "teams" / "0" / "long.yaml", text)
        await client.pull(uri)
        await asyncio.sleep(3)
        start = cpu_of(client)
        for number in range(EDITS):
            client.change(uri, change(text, number))
            await client.pull(uri)
        return (cpu_of(client) - start) / EDITS


def cpu_of(client: Client) -> float:
    """The seconds of the processor that the server has taken."""
    assert client._server
    fields = Path(f"/proc/{client._server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
