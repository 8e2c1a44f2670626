"""What the user tells git to ignore in every repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from k8slint.outside.files import CONFIGURATION_LIMIT, read_bytes

_HEADER = re.compile(rb"\s*\[([^\]]*)\]")
_SETTING = re.compile(rb"\s*excludesfile\s*=\s*(\"?)(.*?)\1\s*(?:[#;].*)?", re.IGNORECASE)


def excludes_file() -> str:
    """The path of the user's ignore file, which need not exist; empty where it is turned off.

    It is what `core.excludesFile` says, in files of the user and of the system. Other files that
    these include are not looked at.
    """
    path = os.path.join(_own_folder(), "ignore")
    for file in _configurations():
        try:
            data = read_bytes(file, CONFIGURATION_LIMIT)
        except OSError:
            continue
        section = b""
        for line in data.splitlines():
            if header := _HEADER.match(line):
                section, line = header[1].strip().lower(), line[header.end() :]
            if section == b"core" and (setting := _SETTING.fullmatch(line)):
                path = os.path.expanduser(os.fsdecode(setting[2].replace(rb"\\", b"\\")))
    # Git takes others from the working folder, which is not the user's.
    return path if os.path.isabs(path) else ""


def _configurations() -> Iterator[str]:
    """Files of settings, those that count more last: https://git-scm.com/docs/git-config."""
    yield os.environ.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"
    if "GIT_CONFIG_GLOBAL" in os.environ:
        yield os.environ["GIT_CONFIG_GLOBAL"]
    else:
        yield os.path.join(_own_folder(), "config")
        yield os.path.expanduser(os.path.join("~", ".gitconfig"))


def _own_folder() -> str:
    own = os.environ.get("XDG_CONFIG_HOME") or os.path.join("~", ".config")
    return os.path.expanduser(os.path.join(own, "git"))
