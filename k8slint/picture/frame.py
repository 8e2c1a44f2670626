"""How wide a drawing is, and where in it a second stands."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from k8slint.outside.terminal import keep_units_together, printable
from k8slint.picture.bars import ticks
from k8slint.records import NamedTuple

WIDTH = 900
# The narrowest in which everything fits.
LEAST_WIDTH = 320
# Two labels of an axis that are nearer overlap.
BETWEEN_LABELS = 58


class Frame(NamedTuple):
    """How wide a drawing is. In a narrow one, names stand above their bars."""

    width: int = WIDTH

    @property
    def is_narrow(self) -> bool:
        return self.width < 600

    @property
    def edge(self) -> int:
        return 12 if self.is_narrow else 24

    @property
    def bar_left(self) -> int:
        return self.edge if self.is_narrow else 164

    @property
    def bar_width(self) -> int:
        """Leaves room on the right for the label of a kill at the end."""
        return self.width - self.bar_left - (108 if self.is_narrow else 124)

    @property
    def text_left(self) -> int:
        return self.edge + 48 if self.is_narrow else self.bar_left

    def wrap(self, said: str, character: float, left: float) -> list[str]:
        """Return lines that fit between a column and the edge."""
        room = int((self.width - left - self.edge) / character)
        return textwrap.wrap(keep_units_together(printable(said)), room) or [""]


WIDE = Frame()


class Scale(NamedTuple):
    """Where the seconds of a timeline are."""

    frame: Frame
    end: float

    def x(self, second: float) -> float:
        return self.frame.bar_left + self.frame.bar_width * second / self.end

    def ticks(self) -> Sequence[int]:
        return ticks(self.end, BETWEEN_LABELS / self.frame.bar_width * self.end)
