"""Texts that are played with, and how: a story is told to an editor with a folder open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.command import make
from tests.server.client import Client, editor

LONG = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: a
    lifecycle: {preStop: {sleep: {seconds: 40}}}
"""


def run_in(folder: Path, files: Mapping[str, str], story: Any, **how: Any) -> None:
    """Play a story in an editor that has a folder with some files open."""
    make(folder, files)

    async def run() -> None:
        async with editor(folder, **how) as client:
            await story(client)

    asyncio.run(run())


def codes(client: Client, path: Path) -> list[Any]:
    return [one.code for one in client.shown[str(path)]]
