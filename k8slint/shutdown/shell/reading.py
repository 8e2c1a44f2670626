"""What is known about a hook's command once it has been read."""

from enum import IntEnum

from k8slint.kubernetes.mounts import MountedFile
from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds


class Place(NamedTuple):
    """Where in the command: characters `start` to `end` of one argument.

    Behind the last argument come the mounted scripts that it runs.

    `line` and `column` count from 1 within that argument; `text` is what stands there.
    """

    argument: int
    start: int
    end: int
    line: int
    column: int
    text: str


class Afterwards(IntEnum):
    """What the hook does after it has sent a signal, from least to most."""

    RETURNS = 0
    GOES_ON = 1
    """Something of unknown duration follows."""
    SLEEPS = 2
    """It sleeps, and so gives the process time."""
    WATCHES = 3
    """It waits until what it asked for has happened."""


class Signal(NamedTuple):
    """A stop that the hook asks for.

    `name` is the signal without `SIG` (`TERM`), None for a stop by the program's own protocol
    (`nodetool drain`) and for a signal that is not known. `pid` or `program` say who is told;
    with neither, nobody knows. `after` is how long the hook has been sleeping or working by then.
    """

    name: str | None
    pid: int | None
    program: str | None
    after: Seconds
    afterwards: Afterwards
    place: Place


class Broken(NamedTuple):
    """Something in the command that can never work, and the corrected command if it is evident."""

    reason: str
    place: Place
    repair: tuple[str, ...] | None = None


class Endless(NamedTuple):
    """A loop or a wait with no limit of its own.

    When it `lingers` it is a background child that keeps the hook's output open after the hook
    itself is done.
    """

    reason: str
    place: Place
    lingers: bool = False


class Intention(NamedTuple):
    """What a command takes where all that is `provided` holds, as its author means it.

    So the commands in front of a `&&` succeed, and the image leaves a variable with a default
    alone.
    """

    takes: Seconds
    provided: tuple[str, ...]


class Reading(NamedTuple):
    """What a command does and how long it takes.

    `is_pure_sleep`: it does nothing but sleep for times written in the command itself.
    `sleeps_first`: it surely sleeps before the first stop it asks for (or asks for none).
    `needs`: the programs it runs, as written, in order; shell builtins are none.
    `has_conditions`: its author may mean it to take something else. `scripts` are those that
    ConfigMaps mount and it runs, `timed` the places in them that take a known time.
    """

    takes: Seconds
    is_pure_sleep: bool = False
    sleeps_first: bool = False
    signals: tuple[Signal, ...] = ()
    needs: tuple[str, ...] = ()
    broken: tuple[Broken, ...] = ()
    endless: tuple[Endless, ...] = ()
    has_conditions: bool = False
    scripts: tuple[MountedFile, ...] = ()
    timed: tuple[Place, ...] = ()

    @property
    def whole_sleep(self) -> int | None:
        """The seconds it does nothing but sleep for, where they are whole."""
        seconds = self.takes.low
        return int(seconds) if self.is_pure_sleep and seconds == int(seconds) else None
