"""Where the parts of ConfigMaps stand that a finding rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from k8slint.kubernetes.mounts import MountedFile, mounted_at
from k8slint.kubernetes.workload import Container, Workload
from k8slint.manifest.source import Location
from k8slint.manifest.values import Value
from k8slint.shutdown.command import command_of, program_name
from k8slint.shutdown.hook import places_in_scripts
from k8slint.shutdown.mounted_settings import settings_files
from k8slint.shutdown.words import SHELLS
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.shutdown.model import Stop
    from k8slint.shutdown.programs.known import Programs

_PATH = r"(?<![^\s;&|\"'=(])/[^\s;&|\"'<>()]+"
_MOST_PATHS = 100


def places_behind(stop: Stop, value: Value) -> Iterator[Location]:
    """Yield the places in ConfigMaps that say what a value in a container comes to."""
    for hook in stop.container.hooks:
        if value.pointer[: len(hook.value.pointer)] == hook.value.pointer:
            yield from places_in_scripts(hook)
    script = stop.command.script if stop.command else None
    if script and script.file and script.value.pointer == value.pointer:
        line = script.text[: script.ending.start].count("\n") + 1 if script.ending else 1
        if place := script.file.place_of(line, f"runs it, in {script.file.label}"):
            yield place
    for setting in stop.drain.settings if stop.drain else ():
        if setting.place and setting.value.pointer == value.pointer:
            yield setting.place


def unread_files(container: Container) -> Iterator[MountedFile]:
    """Yield what its command and hooks run from a ConfigMap that is not read."""
    if not container.value.get("volumeMounts").is_written:
        return
    own = (container.value.get(name) for name in ("command", "args"))
    words = [item.text or "" for words in own for item in words.items()]
    if words and program_name(words[0]) not in SHELLS | WRAPPERS_BY_NAME.keys():
        del words[1:]  # What any other program is given, it does not run.
    words += (word for hook in container.hooks for word in hook.command or ())
    paths = (match[0] for word in words for match in re.finditer(_PATH, word))
    for path in dict.fromkeys(islice(paths, _MOST_PATHS)):
        file = mounted_at(container, path)
        if file and file.unread:
            yield file


def unread_settings(stop: Stop) -> Iterator[MountedFile]:
    """Yield the settings files of its program that a ConfigMap mounts, and that are not read."""
    command = stop.expected.command
    for one in settings_files(stop.container, command, stop.programs):
        if one.file.unread:
            yield one.file


def lacks_files(workloads: Iterable[Workload], programs: Programs) -> bool:
    """Whether something that may be run, or read, stands in a ConfigMap that is not read."""
    containers = (one for workload in workloads for pod in workload.pods for one in pod.containers)
    for container in containers:
        if any(unread_files(container)) or any(
            one.file.unread for one in settings_files(container, command_of(container), programs)
        ):
            return True
    return False
