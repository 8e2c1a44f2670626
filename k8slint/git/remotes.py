"""How a repository is called elsewhere: the last part of the addresses of its remotes."""

from __future__ import annotations

import os
import re

from k8slint.git.repository import Repository
from k8slint.outside.files import CONFIGURATION_LIMIT, read_bytes

_URL = re.compile(r"(?m)^[ \t]*url[ \t]*=[ \t]*(\S{1,2000})[ \t]*$")


def repository_names(root: str) -> frozenset[str]:
    """Return the names under which a repository may be known; none if it has no remote."""
    found = Repository.at(root)
    if found is None:
        return frozenset()
    try:
        text = read_bytes(os.path.join(found.common, "config"), CONFIGURATION_LIMIT)
    except OSError:
        return frozenset()
    urls = _URL.findall(text.decode("utf-8", "replace"))
    return frozenset(map(repository_name, urls))


def repository_name(url: str) -> str:
    """Return the last part of an address, as `web` of `https://example.com/shop/web.git`."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1]
    return last.removesuffix(".git").casefold()
