"""How long a hook takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial

from k8slint.kubernetes.mounts import MountedFile, contents_of, mounted_at, mounts_config
from k8slint.kubernetes.workload import Container, Hook
from k8slint.manifest.source import Location
from k8slint.manifest.values import Value
from k8slint.shutdown.seconds import Kind, Seconds, exactly, unknown
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.shutdown.shell import Intention, Place, Reading

# What ends most programs; on HUP, USR1, USR2 and WINCH many read their configuration again.
_ENDING_SIGNALS = ("TERM", "QUIT", "INT", "KILL")
_SUCCEEDS = " succeeds"
_LINE = r":\d+\Z"
# So many scripts, and places in each, are named in a message.
_MOST_NAMED = 3


def hook_duration(hook: Hook) -> Seconds:
    """The time from the start of a hook to the stop signal, if nothing cuts it short.

    Source: `pkg/kubelet/lifecycle/handlers.go` (Run): no handler has a time-out of its own.
    """
    match hook.handlers:
        case ():
            return exactly(0, "no handler")
        case ("sleep",):
            seconds = hook.sleep.number
            return unknown("sleep") if seconds is None else exactly(max(seconds, 0), "sleep")
        case ("exec",):
            reading = read_hook(hook)
            return _told(_at_most(reading)) if reading else unknown("the command is unknown")
        case ("httpGet",):
            return unknown("an HTTP hook takes as long as its response")
        case ("tcpSocket",):
            return exactly(0, "tcpSocket hooks fail immediately")
    return unknown("the hook has more than one handler")


def _told(takes: Seconds) -> Seconds:
    """The same, with actions of a template where a shell was shown something in their place."""
    if "${__" not in takes.why:
        return takes
    from k8slint.manifest.masking import show_actions

    return takes._replace(why=show_actions(takes.why))


def _at_most(reading: Reading) -> Seconds:
    """What a command takes; one that stops process 1 ends with the container, at the latest."""
    takes = reading.takes
    stops = (
        signal.after.low
        for signal in reading.signals
        if signal.pid == 1 and signal.name in _ENDING_SIGNALS
    )
    first = min(stops, default=takes.low)
    if first >= takes.low:
        return takes
    return Seconds(first, takes.high, max(takes.kind, Kind.ESTIMATED), takes.why)


def intended_duration(hook: Hook) -> tuple[Seconds, str] | None:
    """What a hook takes as its author means it, and ` when ...` in words.

    None where that is what it takes anyway.
    """
    intention = _read_intention(hook) if hook.handlers == ("exec",) else None
    if intention is None:
        return None
    return intention.takes, f" when {_join_conditions(intention.provided)}"


def _join_conditions(conditions: Sequence[str]) -> str:
    """`a` and `b` succeed and the image does not set `X`."""
    succeeding = [one.removesuffix(_SUCCEEDS) for one in conditions if one.endswith(_SUCCEEDS)]
    others = [one for one in conditions if not one.endswith(_SUCCEEDS)]
    if len(succeeding) > 1:
        together = f"{', '.join(succeeding[:-1])} and {succeeding[-1]} succeed"
        return " and ".join([together, *others])
    return " and ".join(conditions)


@lru_cache(maxsize=16)
def read_hook(hook: Hook) -> Reading | None:
    """What an exec hook's command does; None where the command is not fully written."""
    if not hook.command:
        return None
    # The interpreter is half of what there is to import, and few manifests have an exec hook.
    from k8slint.shutdown.shell import read

    container = hook.container
    env, env_is_open = _env_of(container), container.env_is_open
    if not mounts_config(container):
        return read(hook.command, env, env_is_open=env_is_open)
    reading = _read_mounted(hook.command, tuple(env.items()), env_is_open, _Files(container))
    scripts = (mounted_at(container, one.path) for one in reading.scripts)
    return reading._replace(scripts=tuple(filter(None, scripts)))


@lru_cache(maxsize=16)
def _read_intention(hook: Hook) -> Intention | None:
    reading = read_hook(hook)
    if not (hook.command and reading and reading.has_conditions):
        return None
    from k8slint.shutdown.shell import read_intention

    container = hook.container
    env, env_is_open = _env_of(container), container.env_is_open
    if not mounts_config(container):
        return read_intention(reading, hook.command, env, env_is_open=env_is_open)
    return _intend_mounted(hook.command, tuple(env.items()), env_is_open, _Files(container))


def _env_of(container: Container) -> Mapping[str, str | None]:
    """The variables of a container: its own, and those of its image where it has no others."""
    if container.env_is_open:
        return container.env
    return {**container.image_env, **container.env}


class _Files:
    """What a container finds under its paths, equal to that of another one with the same there."""

    def __init__(self, container: Container) -> None:
        self.find = partial(mounted_at, container)
        self._contents = contents_of(container)
        self._hash = hash(self._contents)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files) and self._contents == other._contents


# Copies of a manifest run the same scripts, and to follow a long one takes its time.
@lru_cache(maxsize=64)
def _read_mounted(
    command: tuple[str, ...],
    env: tuple[tuple[str, str | None], ...],
    env_is_open: bool,  # noqa: FBT001 - a cache keeps its arguments apart by their places
    files: _Files,
) -> Reading:
    from k8slint.shutdown.shell import read

    return read(command, dict(env), env_is_open=env_is_open, find_file=files.find)


@lru_cache(maxsize=64)
def _intend_mounted(
    command: tuple[str, ...],
    env: tuple[tuple[str, str | None], ...],
    env_is_open: bool,  # noqa: FBT001 - as above
    files: _Files,
) -> Intention | None:
    from k8slint.shutdown.shell import read_intention

    reading = _read_mounted(command, env, env_is_open, files)
    return read_intention(
        reading, command, dict(env), env_is_open=env_is_open, find_file=files.find
    )


def locate_argument(hook: Hook, place: Place) -> tuple[Value, tuple[int, int]]:
    """The argument of a hook's command that a reading is about, and the offsets in the source.

    For a place in a mounted script it is the last argument that names one.
    """
    reading = read_hook(hook)
    if reading and hook.command and place.argument >= len(hook.command):
        named = _argument_naming(hook, reading.scripts[place.argument - len(hook.command)])
        return named, named.mark
    argument = hook.arguments[min(place.argument, len(hook.arguments) - 1)]
    from k8slint.manifest.within import locate_within

    return argument, locate_within(argument, place.start, place.end)


def _argument_naming(hook: Hook, script: MountedFile) -> Value:
    named = (one for one in hook.arguments if script.path in (one.text or ""))
    return next(named, hook.arguments[-1])


def scripts_of(hook: Hook) -> str:
    """Which mounted scripts, or variables of its image, say what it does, in brackets, if any."""
    reading = read_hook(hook) if hook.handlers == ("exec",) else None
    if reading is None:
        return ""
    named = [one.label for one in reading.scripts[:_MOST_NAMED]]
    if _depends_on_image(hook, reading):
        # The line of a Dockerfile is that of what runs.
        named.append(f"Env of {re.sub(_LINE, '', hook.container.image_source)}")
    return f" ({', '.join(named)})" if named else ""


def _depends_on_image(hook: Hook, reading: Reading) -> bool:
    """Whether what its command takes follows from variables that the image sets."""
    container, command = hook.container, hook.command or ()
    names = container.image_env.keys() - container.env.keys()
    if container.env_is_open or not any(name in word for name in names for word in command):
        return False
    from k8slint.shutdown.shell import read

    return read(command, container.env).takes != reading.takes and not reading.scripts


def places_in_scripts(hook: Hook) -> Iterator[Location]:
    """Where the mounted scripts that it runs stand, line by line where they take time."""
    reading = read_hook(hook) if hook.handlers == ("exec",) else None
    if reading is None:
        return
    first = len(hook.command or ())
    for number, script in enumerate(reading.scripts):
        timed = [one for one in reading.timed if one.argument == first + number]
        found = [script.place_of(one.line, f"takes time in {script.label}") for one in timed]
        yield from filter(None, found[:_MOST_NAMED] or [script.place_of(1, script.label)])


def display_command(hook: Hook, place: Place) -> str:
    """What a reading is about, as it would be typed: a command without a shell as a whole."""
    if place.argument:
        return place.text
    import shlex

    return shlex.join(hook.command or ())
