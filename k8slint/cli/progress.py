"""The progress of a long run."""

from __future__ import annotations

import time
from collections.abc import Iterator

from k8slint.lint.reports import FileReport

# Seconds before anything is shown.
PATIENCE = 1.0


def show_progress(reports: Iterator[FileReport], total: int) -> Iterator[FileReport]:
    """Yield the same reports; show the progress of a run that takes longer than a second."""
    begin = time.monotonic()
    bar = None
    try:
        for done, report in enumerate(reports, 1):
            if bar:
                bar.update(bar.task_ids[0], completed=done)
            elif time.monotonic() - begin > PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.add_task("Checking", total=total, completed=done)
                bar.start()
            yield report
    finally:
        if bar:
            bar.stop()
