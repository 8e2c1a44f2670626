"""Starting other programs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class TimedOut(Exception):
    """A program did not end in time."""


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, within a number of seconds.

    It sees the given environment and nothing on its standard input. Raises TimedOut, and OSError
    where it cannot be started.
    """
    try:
        return subprocess.run(  # noqa: S603 - the words are ours, and no shell reads them
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimedOut from None
