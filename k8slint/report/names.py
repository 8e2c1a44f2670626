"""File names as reports write them."""

from __future__ import annotations

import os
import re


def from_root(path: str, root: str) -> str:
    """A path as it is seen from a folder; as it was given where it leads out of it."""
    if not root:
        return path
    try:
        seen = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # On another drive.
        return path
    return path if seen == ".." or seen.startswith("../") else seen


def readable(text: str) -> str:
    """A text without what is none: bytes of file names, and halves of characters."""
    whole = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", text)
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
