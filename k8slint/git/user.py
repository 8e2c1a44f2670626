"""The user's own ignore file, which applies to every repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from k8slint.outside.files import CONFIGURATION_LIMIT, read_bytes

_HEADER = re.compile(rb"\s*\[([^\]]*)\]")
_SETTING = re.compile(rb"\s*excludesfile\s*=\s*(\"?)(.*?)\1\s*(?:[#;].*)?", re.IGNORECASE)


def excludes_file() -> str:
    """Return the path of the user's ignore file, which may not exist; empty if turned off.

    It is the value of `core.excludesFile` in the files of the user and the system. Files that
    these include are not read.
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
    # Git resolves other paths from the working folder, which may be a stranger's.
    return path if os.path.isabs(path) else ""


def _configurations() -> Iterator[str]:
    """Yield settings files, lowest precedence first: https://git-scm.com/docs/git-config."""
    yield os.environ.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"
    if "GIT_CONFIG_GLOBAL" in os.environ:
        yield os.environ["GIT_CONFIG_GLOBAL"]
    else:
        yield os.path.join(_own_folder(), "config")
        yield os.path.expanduser(os.path.join("~", ".gitconfig"))


def _own_folder() -> str:
    own = os.environ.get("XDG_CONFIG_HOME") or os.path.join("~", ".config")
    return os.path.expanduser(os.path.join(own, "git"))
