"""Drains that settings files in ConfigMaps of the run limit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.kubernetes.mounts import MountedFile, mounted_at
from k8slint.records import NamedTuple
from k8slint.shutdown.command import ContainerCommand, command_in_image, flag_values
from k8slint.shutdown.drain import Drain, Setting, Stage
from k8slint.shutdown.seconds import exactly, unknown
from k8slint.shutdown.variables import variables
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.settings.files import SettingsFile
    from k8slint.kubernetes.workload import Container
    from k8slint.shutdown.programs.known import Programs
    from k8slint.shutdown.programs.program import KnownProgram

# So many locations of one file are looked at.
_MOST_PATHS = 20
_NOTHING = ContainerCommand(())
_PROFILES = r"spring\.profiles\.active=([^\s\"']{1,500})"
_ENDINGS = ("properties", "yaml", "yml")
_LOCATION = r"(?:optional:)?(?:file:)?(/[^,;*]*)"


class ReadFile(NamedTuple):
    """A settings file of a known program that a ConfigMap mounts."""

    row: SettingsFile
    file: MountedFile


def drain_with_files(
    known: Drain | None,
    container: Container,
    command: ContainerCommand | None,
    programs: Programs,
    signal: str = "",
) -> Drain | None:
    """The drain of a container's program as a mounted file says, else what is `known` of it.

    `signal` is as in drain_of. What flags and variables set counts more, and is not replaced here.
    """
    files = [*settings_files(container, command, programs)]
    drains = [one for file in files if (one := _drain(file, known, container, signal, programs))]
    # Of two files that both have something to say the one that counts is not certain.
    return drains[0] if len(drains) == 1 else known


def settings_files(
    container: Container, command: ContainerCommand | None, programs: Programs
) -> Iterator[ReadFile]:
    """Yield the settings files of what a container runs that ConfigMaps mount."""
    if not container.mounts:
        return
    # Few containers mount anything.
    from k8slint.images.settings.files import FILES

    for row in FILES:
        for path in _paths(row, container, command, programs):
            file = mounted_at(container, path)
            if file and _runs(row.program, container, command, programs):
                yield ReadFile(row, file)
                break


def _paths(
    row: SettingsFile, container: Container, command: ContainerCommand | None, programs: Programs
) -> list[str]:
    """Where a file may be: as it is named, else where the program looks for it."""
    words = (command or _documented(container, programs) or _NOTHING).words
    named = [one.text for flag in row.flags for one in flag_values(words, flag)]
    if row.variables:
        env = variables(container, programs.config_of(container.image))
        named += [env[name].text or "" for name in row.variables if name in env]
    if row.names:
        named = [path for text in named for path in re.findall(_LOCATION, text)]
        folders = [path for path in named if path.endswith("/")]
        named = [path for path in named if path.endswith(row.names)]
        named += [f"{folder}{name}" for folder in folders for name in row.names]
    if len(named) > 1 and not row.names:
        return []  # Several files are read, and the last one counts.
    return (named or [*_usual(row, container)])[:_MOST_PATHS]


def _usual(row: SettingsFile, container: Container) -> Iterator[str]:
    for path in row.paths:
        before, star, after = path.partition("*")
        if not star:
            yield path
            continue
        mounted = [one for one in container.mounts if one.startswith(before)]
        mounted = [one for one in mounted if one.endswith(after)]
        # Of several the last one counts.
        yield from mounted if len(mounted) == 1 else ()


def _runs(
    program: str, container: Container, command: ContainerCommand | None, programs: Programs
) -> KnownProgram | None:
    """A known program by its name, if a container runs it by its command or its image."""
    for one in (command, _documented(container, programs) if command is None else None):
        for known in programs.run_by(one, container.image):
            if known.name == program:
                return known
    told = (name for name in variables(container) if name.startswith("SPRING_CONFIG_"))
    if program == "Spring Boot" and next(told, None):
        return next(one for one in programs.every if one.name == program)
    return None


def _documented(container: Container, programs: Programs) -> ContainerCommand | None:
    """What the image of a container is documented to run."""
    from k8slint.images.public import find

    found = find(container.image or "") if programs.config_of(container.image) is None else None
    return command_in_image(container, found.config) if found else None


def _drain(
    one: ReadFile, known: Drain | None, container: Container, signal: str, programs: Programs
) -> Drain | None:
    """What a file says, where it counts."""
    row, file = one
    if file.text is None:
        return None
    found = row.read(file.text)
    if found is None and known and known.program.configured_by:
        usual = known.program.default_under(signal)
        stage = Stage(f"{known.program.name} default", usual)
        return known._replace(span=usual, stages=(stage,))
    if found is None or not _counts(row, container, signal):
        return None
    if row.names and _may_be_set_by_profile(one, container, programs):
        found = found._replace(seconds=None)
    program = known.program if known else None
    if program is None or program.name != row.program:
        program = next(other for other in programs.every if other.name == row.program)
    name = f"{found.name} ({file.label})"
    label = f"{program.name} {name}"
    place = file.place_of(found.line, f"sets {found.name}, in {file.label}")
    setting = Setting(name, file.mount, found.seconds, place=place)
    if found.seconds is None:
        span = unknown(f"the value of {label} is unknown")
    else:
        span = exactly(found.seconds)
    stages = (Stage(label, span, file.mount),)
    return Drain(program, span, stages, (setting,), is_explicit=found.seconds is not None)


def _may_be_set_by_profile(one: ReadFile, container: Container, programs: Programs) -> bool:
    """Whether a file of an active profile, which counts more, or of another name may set it."""
    env = variables(container, programs.config_of(container.image))
    written = {name: value.text for name, value in env.items()}
    if "SPRING_CONFIG_NAME" in written:
        return True
    words = (
        item.text or "" for key in ("command", "args") for item in container.value.get(key).items()
    )
    texts = [*words, *(text for text in written.values() if text)]
    profiles = [name for text in texts for name in re.findall(_PROFILES, text)]
    if "SPRING_PROFILES_ACTIVE" in written:
        profiles.append(written["SPRING_PROFILES_ACTIVE"] or "*")
    folder = one.file.path.rpartition("/")[0]
    for name in {name.strip() for some in profiles for name in some.split(",")}:
        if not re.fullmatch(r"[\w.-]{1,100}", name):
            return True
        for ending in _ENDINGS:
            file = mounted_at(container, f"{folder}/application-{name}.{ending}")
            if file and file.entry and (file.text is None or one.row.read(file.text)):
                return True
    return False


def _counts(row: SettingsFile, container: Container, signal: str) -> bool:
    """Whether the stop signal is one under which a setting counts, as far as it is known."""
    if not row.signals or signal:
        return not row.signals or signal in row.signals
    own = container.lifecycle.get("stopSignal")
    if own.is_written:
        return (own.text or "").removeprefix("SIG") in row.signals
    from k8slint.images.public import stop_signal

    return stop_signal(container.image or "") in row.signals
