"""Which ConfigMap of the run a container finds under a path."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable, Iterator
from itertools import islice

from k8slint.manifest.scalars import as_int64, is_placeholder
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.objects import ConfigEntry, ConfigMap
    from k8slint.kubernetes.workload import Container
    from k8slint.manifest.source import Location
    from k8slint.manifest.values import Value

_EXECUTE = 0o111
# Of a very long line this much is shown.
_SHOWN = 500
# SetDefaults_ConfigMapVolumeSource, SetDefaults_ProjectedVolumeSource (k8s.io/api core/v1).
_DEFAULT_MODE = 0o644


class MountedFile(NamedTuple):
    """A file in a container that is a value of a ConfigMap.

    `mount` is the item of `volumeMounts`. `mode` are its permissions, None if unknown. Without a
    `text`, `why` says what is not known of the value, as the rest of a sentence about it.
    """

    path: str
    config_map: str
    key: str
    mount: Value
    mode: int | None
    entry: ConfigEntry | None = None
    why: str = ""

    @property
    def text(self) -> str | None:
        return self.entry.text if self.entry else None

    @property
    def label(self) -> str:
        """`drain.sh of ConfigMap web-scripts`."""
        names = (clipped(name, LONGEST_NAME) for name in (self.key, self.config_map))
        return " of ConfigMap ".join(names)

    @property
    def is_executable(self) -> bool | None:
        return None if self.mode is None else bool(self.mode & _EXECUTE)

    @property
    def unread(self) -> str:
        """Why its text is not known, in words; empty where it is."""
        if self.entry and self.entry.text is not None:
            return ""
        return f"{self.label} {self.entry.why}" if self.entry else self.why

    def place_of(self, line: int, label: str) -> Location | None:
        """Where a line of the text stands, counted from 1."""
        if self.entry is None:
            return None
        at, first = self.entry.at, self.entry.first_line
        if not first or line < 1:
            return at._replace(label=label)
        text = (self.entry.text or "").split("\n")[line - 1][:_SHOWN]
        number = first + line - 1
        return at._replace(
            line=number,
            column=1,
            end_line=number,
            end_column=len(text) + 1,
            text=text,
            label=label,
            cut=0,
        )


def mounted_at(container: Container, path: str) -> MountedFile | None:
    """Return the file that a ConfigMap puts under a path; None for what is in the image.

    A volume hides what is below its mount path, and of two such paths the longer one counts.
    """
    full = _absolute(container, path) if container.mounts else None
    if full is None:
        return None
    mount, inside = _mount_over(container, full)
    if mount is None or not inside:
        return None
    volume = _volume(container, mount.get("name").text or "")
    if volume is None:
        return None
    if mount.get("subPathExpr").is_written:
        return MountedFile(full, "", "", mount, None, why=f"`{full}` is mounted by a subPathExpr")
    return _Volume(container, volume, mount, full).find(inside)


def _absolute(container: Container, path: str) -> str | None:
    """Return a path without dots from the root; None where the working folder is the image's."""
    if not path.startswith("/"):
        folder = container.value.get("workingDir").text or ""
        if not folder.startswith("/") or is_placeholder(folder):
            return None
        path = f"{folder}/{path}"
    if len(path) > _LONGEST or "\0" in path:
        return None
    return posixpath.normpath(path.replace("//", "/"))


# Of a longer path nobody knows what it leads to.
_LONGEST = 1_000
# No volume that a person has written has more sources, or more items in one.
_MOST = 500


def mounts_config(container: Container) -> bool:
    """Whether a ConfigMap is mounted, known or not."""
    return any(_volume(container, one.get("name").text or "") for one in container.mounts.values())


def mounts_known_config(container: Container) -> bool:
    """Whether a ConfigMap of the run is mounted in which something can matter."""
    if not container.pod.workload.may_mean_config_maps:
        return False
    for mount in container.mounts.values():
        volume = _volume(container, mount.get("name").text or "")
        if volume and _Volume(container, volume, mount, "").is_known:
            return True
    return False


def contents_of(container: Container) -> Hashable:
    """Return all that decides what is found under any path: equal where that is the same."""
    mounts = container.mounts.items()
    volumes = (
        (at, mount, _volume(container, mount.get("name").text or "")) for at, mount in mounts
    )
    return container.value.get("workingDir").text, tuple(
        (
            *(at, mount.get("subPath").text, mount.get("subPathExpr").is_written),
            volume and _Volume(container, volume, mount, "").contents,
        )
        for at, mount, volume in volumes
    )


def interpreter_of(text: str) -> tuple[str, ...] | None:
    """Return the words of a script's `#!` line; None where it does not begin with one.

    Linux hands all after the program over as one argument (fs/binfmt_script.c).
    """
    line = text.partition("\n")[0]
    if not line.startswith("#!") or not line[2:].strip():
        return None
    program, *rest = line[2:_LONGEST].strip(" \t").split(maxsplit=1)
    return program, *(one.strip(" \t") for one in rest)


def _mount_over(container: Container, path: str) -> tuple[Value | None, str]:
    """Return the mount that a path leads into, and the path in its volume; empty for the mount."""
    at = path
    while at not in container.mounts:
        if not at:
            return None, ""
        at = at.rpartition("/")[0]
    mount = container.mounts[at]
    below = mount.get("subPath").text or ""
    return mount, posixpath.normpath(f"/{below}/{path[len(at) + 1 :]}").lstrip("/")


def _volume(container: Container, name: str) -> Value | None:
    """Return a volume of ConfigMaps by its name."""
    volume = container.pod.volumes.get(name)
    if volume is None:
        return None
    of_config = volume.get("configMap").is_mapping or volume.get("projected").is_mapping
    return volume if of_config else None


class _Volume:
    """A volume made of ConfigMaps, through one of its mounts."""

    def __init__(self, container: Container, volume: Value, mount: Value, path: str) -> None:
        self.container = container
        self.mount = mount
        self.path = path
        self.projected = volume.get("projected").is_mapping
        self.top = volume.get("projected" if self.projected else "configMap")

    @property
    def is_known(self) -> bool:
        return any(source and self._maps(source) for source in self._sources())

    @property
    def contents(self) -> Hashable:
        """What is in it, with the names of where that comes from."""
        mode = self.top.get("defaultMode").text
        return mode, tuple(source and self._contents(source) for source in self._sources())

    def _contents(self, source: Value) -> Hashable:
        names = ("key", "path", "mode")
        items = islice(source.get("items").items(), _MOST)
        return (
            source.get("name").text,
            tuple(tuple(item.get(name).text for name in names) for item in items),
            tuple(
                (one.is_whole, *((key, entry.text, entry.why) for key, entry in one.data.items()))
                for one in self._maps(source)
            ),
        )

    def find(self, inside: str) -> MountedFile | None:
        """Return what a path in the volume leads to; of several sources the last one counts."""
        for source in reversed([*self._sources()]):
            if source is None:
                why = f"another source of its volume may put something at `{self.path}`"
                return MountedFile(self.path, "", "", self.mount, None, why=why)
            if item := self._item(source, inside):
                return self._file(source, *item)
        return None

    def _sources(self) -> Iterator[Value | None]:
        """Yield the ConfigMaps of the volume; None for what may hold any path."""
        if not self.projected:
            yield self.top
            return
        for source in islice(self.top.get("sources").items(), _MOST):
            if source.get("configMap").is_mapping:
                yield source.get("configMap")
            elif source.get("secret").is_mapping and not source.at("secret", "items").is_written:
                yield None

    def _item(self, source: Value, inside: str) -> tuple[str, Value] | None:
        """Return the key that a path comes from, and what may set its mode."""
        items = source.get("items")
        if not items.is_written:
            found = self._maps(source)
            is_there = not found or any(inside in one.data or not one.is_whole for one in found)
            may_be = "/" not in inside and (is_there or not self.projected)
            return (inside, self.top.get("defaultMode")) if may_be else None
        for item in islice(items.items(), _MOST):
            if posixpath.normpath(item.get("path").text or "") == inside:
                own = item.get("mode")
                return item.get("key").text or "", (
                    own if own.is_written else self.top.get("defaultMode")
                )
        return None

    def _maps(self, source: Value) -> list[ConfigMap]:
        return [*self.container.pod.workload.config_maps(source.get("name").text or "")]

    def _file(self, source: Value, key: str, mode: Value) -> MountedFile:
        name = source.get("name").text or ""
        number = as_int64(mode.scalar) if mode.is_written else _DEFAULT_MODE
        file = MountedFile(self.path, name, key, self.mount, number)
        shown = clipped(name, LONGEST_NAME)
        maps = self._maps(source)
        if not maps and is_placeholder(name):
            return file._replace(why=f"a template names the ConfigMap of `{self.path}`")
        if not maps:
            return file._replace(why=f"the ConfigMap {shown} is not in this run")
        if any(not one.is_whole and key not in one.data for one in maps):
            return file._replace(why=f"not all keys of the ConfigMap {shown} are known")
        entries = [one.data.get(key) for one in maps]
        if any(not one.is_whole for one in maps) or len({one and one.text for one in entries}) > 1:
            return file._replace(why=f"several ConfigMaps {shown} of this run differ")
        if entries[0] is None:
            return file._replace(why=f"the ConfigMap {shown} has no key {clipped(key)}")
        return file._replace(entry=entries[0])
