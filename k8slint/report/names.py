"""File names as reports write them."""

from __future__ import annotations

import os
import re


def relative_to_root(path: str, root: str) -> str:
    """Return a path relative to a folder, or as it is if it leads out of the folder."""
    if not root:
        return path
    try:
        seen = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # On another drive.
        return path
    return path if seen == ".." or seen.startswith("../") else seen


def readable(text: str) -> str:
    """Replace what is not text: bytes of file names, and halves of surrogate pairs."""
    whole = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", text)
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
