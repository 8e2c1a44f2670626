"""Image configs as tools print them: `docker inspect`, `skopeo inspect --config`, `crane config`.

Sources: config.md of opencontainers/image-spec v1.1 for the config; `Shell` and the like, which
Docker adds to it, say nothing about containers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from k8slint.images.config import ImageConfig
from k8slint.images.fact import Fact, Strength
from k8slint.images.given import full_name
from k8slint.images.name import is_plain
from k8slint.kubernetes.stop_signals import STOP_SIGNALS
from k8slint.records import NamedTuple
from k8slint.type_names import Any

# signal(7) for Linux on x86 and ARM.
_NUMBERS = (
    *("HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2"),
    *("PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG"),
    *("XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"),
)
_FIRST_REAL_TIME, _LAST_REAL_TIME, _BELOW_MIDDLE = 34, 64, 15
# Builds that are made to be reproducible say 1970, or the year 1.
_DAY = re.compile(r"(?a)(20\d\d-\d\d-\d\d)T")


class ImageUnread(Exception):
    """A file is not the config of an image; the text says what it is and what to give instead."""


class PrintedImage(NamedTuple):
    """The config of an image, with the names that are printed beside it, if any are."""

    names: tuple[str, ...]
    config: ImageConfig


def parse_json(data: bytes) -> Any:
    """Parse JSON of a stranger.

    Raises ImageUnread.
    """
    if not data.strip():
        raise ImageUnread("it is empty: the command that was to write it has probably failed")
    try:
        return json.loads(data)
    except RecursionError:
        raise ImageUnread("it is nested too deeply for a config") from None
    except ValueError as error:
        raise ImageUnread(f"it is not valid JSON: {error}") from None


def read_printed(data: bytes, source: str) -> Iterator[PrintedImage]:
    """Yield the configs in what a tool printed; `source` is what each fact names.

    Raises ImageUnread.
    """
    said = parse_json(data)
    entries = said if isinstance(said, list) else [said]
    if not entries:
        raise ImageUnread("it is an empty list: docker inspect knew no such image")
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise ImageUnread("it is not an object, as the config of an image is")
        if why := _why_other(entry):
            raise ImageUnread(why)
        key = "Config" if "Config" in entry else "config"
        yield PrintedImage(_names(entry), config_of(entry, key, source))


def config_of(entry: Mapping[str, Any], key: str, source: str) -> ImageConfig:
    """Return what an image declares, with its config under a key of the JSON of a tool.

    Raises ImageUnread.
    """
    config = entry.get(key)
    if config is None:
        config = {}
    if not isinstance(config, Mapping):
        raise ImageUnread(f"`{key}` is not an object")
    created = _DAY.match(str(entry.get("created") or entry.get("Created") or ""))
    fact = Fact(Strength.IMAGE, source, created[1] if created else "")
    if (entry.get("os") or entry.get("Os")) == "windows":
        return ImageConfig(None, None, None, None, None, fact)
    return ImageConfig(
        _words(config, "Entrypoint"),
        _words(config, "Cmd"),
        _variables(config),
        declared_signal(config.get("StopSignal")),
        None,
        fact,
    )


def declared_signal(written: object) -> str | None:
    """Return the name of a stop signal without `SIG`, TERM where none is declared; None if odd."""
    text = str(written if written is not None else "").strip().upper()
    if not text:
        return "TERM"
    if text.isascii() and text.isdigit() and len(text) < 4:
        return _name_of_number(int(text))
    name = text.removeprefix("SIG")
    return name if f"SIG{name}" in STOP_SIGNALS["linux"] else None


def _name_of_number(number: int) -> str | None:
    if 1 <= number <= len(_NUMBERS):
        return _NUMBERS[number - 1]
    if not _FIRST_REAL_TIME <= number <= _LAST_REAL_TIME:
        return None
    above, below = number - _FIRST_REAL_TIME, _LAST_REAL_TIME - number
    if above <= _BELOW_MIDDLE:
        return f"RTMIN+{above}" if above else "RTMIN"
    return f"RTMAX-{below}" if below else "RTMAX"


def _why_other(entry: Mapping[str, Any]) -> str:
    """Say what else than a config an object is; empty for a config."""
    if "schemaVersion" in entry:
        return (
            "it is the manifest of an image, which only names the config: write the output of "
            "`skopeo inspect --config` or `crane config`"
        )
    if "HostConfig" in entry or "NetworkSettings" in entry:
        return "it is about a container, not an image: write the output of `docker image inspect`"
    if "Config" in entry or "config" in entry:
        return ""
    if "RepoTags" in entry or "LayersData" in entry:
        return (
            "it is what `skopeo inspect` prints without --config, which has no Entrypoint, Cmd or "
            "StopSignal: add --config"
        )
    if "rootfs" in entry:
        return ""
    return (
        "it is not the config of an image: write the output of `skopeo inspect --config`, "
        "`crane config` or `docker image inspect`"
    )


def _names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that docker inspect prints."""
    found = (name for key in ("RepoTags", "RepoDigests") for name in _list(entry, key))
    return tuple(full_name(name) for name in found if is_plain(name))


def _words(config: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(_list(config, key))


def _variables(config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = (text.partition("=") for text in _list(config, "Env"))
    return tuple((name, value) for name, _, value in pairs)


def _list(of: Mapping[str, Any], key: str) -> Sequence[str]:
    found = of.get(key)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ImageUnread(f"`{key}` is not a list of strings")
    return found
