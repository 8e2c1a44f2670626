"""What a known program is: how it is recognised, and which settings limit its drain."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from typing import NamedTuple

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.seconds import Seconds, exactly, unknown

NOTHING = exactly(0)
AT_ONCE = exactly(0, "it exits at once")


class Knob(NamedTuple):
    """A setting that limits the drain, in all its spellings.

    A flag counts more than a variable of `texts`, which holds further arguments, then comes a
    `path` in the JSON of a variable, then `env`. Where a flag takes `key=N`, `key` picks the one
    that is meant; a `*` stands for the name of an entry point. `default` counts where nothing is
    set.
    """

    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    json: str = ""
    path: str = ""
    key: str = ""
    unit: Unit = Unit.SECONDS
    default: Seconds = NOTHING
    checked: bool = True


class Program(NamedTuple):
    """A program that is known by its command, its image or its variables.

    A command is a program or Python module, then words that have to be among its arguments; an
    image counts where nothing but `args` is given to its entry point; a variable (`NAME`, or
    `NAME=value`) where it is written. With `needs_setting` only a knob that is set proves it.
    The drains of several knobs follow each other, and `besides` comes on top. With one of
    `configured_by` among the arguments a file may set the knobs. `task_limits` limit one task,
    strongest first.
    """

    name: str
    source: str
    commands: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    knobs: tuple[Knob, ...] = ()
    besides: Seconds = NOTHING
    default: Seconds | None = None
    configured_by: tuple[str, ...] = ()
    task_limits: tuple[Knob, ...] = ()
    needs_setting: bool = False
    is_worker: bool = False
    is_sidecar: bool = False

    @property
    def by_default(self) -> Seconds:
        """What it takes where nothing is set."""
        if self.default is not None:
            return self.default
        total = self.besides
        for knob in self.knobs:
            total += knob.default
        return total

    def may_be_set(self, text: str) -> bool:
        """Whether a text may set one of the knobs, in any case of letters."""
        lower = text.lower()
        names = (
            name
            for knob in self.knobs
            for name in (*knob.flags, *knob.env, *knob.texts, knob.json)
            if name
        )
        return any(name.rpartition("*")[2].lower() in lower for name in names)

    @property
    def flag(self) -> str:
        """The flag that limits the drain; empty where it takes none."""
        return next((flag for knob in self.knobs for flag in knob.flags), "")


def custom(
    name: str, command: str, flag: str = "", env: str = "", unit: str = "s", default: float = -1
) -> Program:
    """A program that a user knows; a negative default is an unknown one.

    Raises ValueError for a unit that is none of `Unit`.
    """
    knob = Knob(
        flags=(flag,) if flag else (),
        env=(env,) if env else (),
        unit=Unit(unit),
        default=exactly(default) if default >= 0 else unknown(f"the default of {name}"),
    )
    return Program(name, "configuration", commands=(command,), knobs=(knob,))
