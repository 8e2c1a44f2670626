"""Keeping secrets of files of values out of what is shown."""

from __future__ import annotations

import re
from collections.abc import Container

from k8slint.lint.diagnosis import Diagnosis
from k8slint.lint.diff import unified_diff
from k8slint.manifest.source import Location

# A key that may be that of a secret, and its value.
_SECRET = re.compile(
    r"""([\w.-]*(?:pass|secret|token|key|cred|auth|cert)[\w.-]*["']?\s*:[ ]+)([^,{}\[\]\s]+)""",
    re.IGNORECASE,
)


def without_secrets(one: Diagnosis, files: Container[str]) -> Diagnosis:
    """A finding, without what may be secrets on the lines of some files that it shows."""

    def masked(location: Location) -> Location:
        return _masked(location) if location.path in files else location

    return one._replace(
        at=masked(one.at),
        because=masked(one.because) if one.because else None,
        chain=tuple(map(masked, one.chain)),
    )


def masked_diff(name: str, old: str, new: str) -> str:
    """A diff that shows no secret of a file of values: no lines around it, and masks on its own.

    A masked one is for reading: no tool applies it.
    """
    diff = unified_diff(name, old, new)
    if not _SECRET.search(diff):
        return diff
    return _SECRET.sub(r"\1***", unified_diff(name, old, new, context=0))


def _masked(location: Location) -> Location:
    """A place in a file of values, without what may be secrets on its line."""
    return location._replace(
        text=_SECRET.sub(lambda match: match[1] + "*" * len(match[2]), location.text)
    )
