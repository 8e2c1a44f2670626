"""The end of a run by SIGTERM, as a CI ends what takes too long, while something is rendered."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from threading import Thread
from typing import TYPE_CHECKING

from k8slint.outside.programs import Crew

if TYPE_CHECKING:
    from k8slint.lint.rendered.recipes import Watch
    from k8slint.render.tools import NotRendered


class EarlyEnd:
    """Ends rendering at SIGTERM, so that the report can be written before the run ends.

    What is not rendered by then is skipped. Further SIGTERMs are ignored, Ctrl-C is not. `code` is
    the exit code of a run that was ended, else 0.
    """

    def __init__(self) -> None:
        self.crew = Crew()
        self.code = 0

    def watching(self, watch: Watch) -> Watch:
        """Return the same watch, during which SIGTERM ends rendering and no more."""

        def watched(
            rendered: Iterator[str | NotRendered], total: int
        ) -> Iterator[str | NotRendered]:
            usual = signal.getsignal(signal.SIGTERM)

            def end(number: int, _: object) -> None:
                signal.signal(number, signal.SIG_IGN)
                self.code = 128 + number
                # In a thread: what is interrupted here may hold the lock of the crew.
                Thread(target=self.crew.end).start()

            if callable(usual):
                signal.signal(signal.SIGTERM, end)
            try:
                yield from watch(rendered, total)
            finally:
                if callable(usual) and not self.code:
                    signal.signal(signal.SIGTERM, usual)

        return watched
