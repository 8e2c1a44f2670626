"""The progress of a long run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TypeVar

_T = TypeVar("_T")

# Seconds before anything is shown.
PATIENCE = 1.0


def show_rendering(items: Iterator[_T], total: int) -> Iterator[_T]:
    """Yield the same renderings, likewise."""
    return show_progress(items, total, "Rendering")


def show_progress(items: Iterator[_T], total: int, title: str = "Checking") -> Iterator[_T]:
    """Yield the same items; show the progress of what takes longer than a second."""
    begin = time.monotonic()
    bar = None
    try:
        for done, item in enumerate(items, 1):
            if bar:
                bar.update(bar.task_ids[0], completed=done)
            elif time.monotonic() - begin > PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.add_task(title, total=total, completed=done)
                bar.start()
            yield item
    finally:
        if bar:
            bar.stop()
