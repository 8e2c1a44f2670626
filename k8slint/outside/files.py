"""Opening files."""

from __future__ import annotations

import os

# Most files are read in one go.
_AT_ONCE = 1 << 16


def read_bytes(path: str) -> bytes:
    """What is in a file."""
    # Not by way of a file object, which costs more than the reading.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return b"".join(iter(lambda: os.read(file, _AT_ONCE), b""))
    finally:
        os.close(file)
