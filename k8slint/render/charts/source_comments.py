"""The comment that `helm template` writes above each document: which template it is from."""

from __future__ import annotations

import re

# Not compiled before it is used: few files are rendered ones.
_SOURCE = r"(?:---[^\n]*\n)?(?:[ \t]*\n)*# Source: ([^\n]+)"


def source_of(text: str) -> str | None:
    """Return the template of a rendered document, as helm names it."""
    match = re.match(_SOURCE, text)
    return match[1].strip() if match else None
