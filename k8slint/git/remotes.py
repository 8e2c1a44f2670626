"""How a repository is called elsewhere: the last part of the addresses of its remotes."""

from __future__ import annotations

import os
import re

from k8slint.git.repository import Repository
from k8slint.outside.files import CONFIGURATION_LIMIT, read_bytes

_URL = re.compile(r"(?m)^[ \t]*url[ \t]*=[ \t]*(\S{1,2000})[ \t]*$")
# `https://user@example.com:443/x`, or `git@example.com:x`.
_HOST = re.compile(r"(?:[a-z+]{1,20}://)?(?:[^@/\s]{1,200}@)?([\w.-]{1,253})[:/]", re.IGNORECASE)


def repository_names(root: str) -> frozenset[str]:
    """Return the names under which a repository may be known; none if it has no remote."""
    return frozenset(map(repository_name, _addresses(root)))


def remote_hosts(root: str) -> frozenset[str]:
    """Return the names of the hosts on which a repository has remotes."""
    hosts = (_HOST.match(url) for url in _addresses(root))
    return frozenset(host[1].casefold() for host in hosts if host)


def repository_name(url: str) -> str:
    """Return the last part of an address, as `web` of `https://example.com/shop/web.git`."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1]
    return last.removesuffix(".git").casefold()


def _addresses(root: str) -> list[str]:
    found = Repository.at(root)
    if found is None:
        return []
    try:
        text = read_bytes(os.path.join(found.common, "config"), CONFIGURATION_LIMIT)
    except OSError:
        return []
    return _URL.findall(text.decode("utf-8", "replace"))
