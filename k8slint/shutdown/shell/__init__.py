"""What a hook's command does and how long it takes.

`read` follows the command the way dash, bash and BusyBox would run it. It never guesses: what is
not known makes the span unknown, with the reason in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from k8slint.shutdown.seconds import exactly
from k8slint.shutdown.shell.reading import (
    Afterwards,
    Broken,
    Endless,
    Intention,
    Place,
    Reading,
    Signal,
)
from k8slint.shutdown.words import SHELLS
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.mounts import MountedFile

__all__ = [
    "Afterwards",
    "Broken",
    "Endless",
    "Intention",
    "Place",
    "Reading",
    "Signal",
    "read",
    "read_intention",
]

_PLAIN_SLEEP = re.compile(r"((?:/bin/|/usr/bin/)?sleep) ([1-9]\d{0,5})", re.ASCII)


def read(
    command: Sequence[str],
    env: Mapping[str, str | None],
    *,
    env_is_open: bool = False,
    find_file: Callable[[str], MountedFile | None] | None = None,
) -> Reading:
    """Read the argument vector of an exec hook.

    `env` holds the container's variables; None marks one whose value the manifest does not tell,
    and with `env_is_open` there may be more. `find_file` finds what a ConfigMap puts under a path.
    No command is too odd: what cannot be read comes back as unknown, with the reason.
    """
    # Most hooks are nothing but a sleep, and the interpreter is half of what there is to import.
    if plain := _plain_sleep(command):
        return plain
    from k8slint.shutdown.shell import reader

    return reader.read(command, env, env_is_open=env_is_open, find_file=find_file)


def read_intention(
    reading: Reading,
    command: Sequence[str],
    env: Mapping[str, str | None],
    *,
    env_is_open: bool = False,
    find_file: Callable[[str], MountedFile | None] | None = None,
) -> Intention | None:
    """Read a command once more, as its author means it; the rest is told as for `read`.

    None where it takes as long as the `reading` of it says.
    """
    if not reading.has_conditions:
        return None
    from k8slint.shutdown.shell import reader

    return reader.intend(reading, command, env, env_is_open=env_is_open, find_file=find_file)


def _plain_sleep(command: Sequence[str]) -> Reading | None:
    shell: tuple[str, ...] = ()
    match command:
        case [_, _]:
            text = " ".join(command)
        case [program, "-c", text] if program.rpartition("/")[2] in SHELLS:
            shell = (program,)
        case _:
            return None
    found = _PLAIN_SLEEP.fullmatch(text)
    if not found:
        return None
    return Reading(
        exactly(int(found[2]), f"`{text}`"),
        is_pure_sleep=True,
        sleeps_first=True,
        needs=(*shell, found[1]),
    )
