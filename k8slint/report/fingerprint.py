"""Hashes that identify findings, whatever changes elsewhere in their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from k8slint.lint.diagnosis import Diagnostic
from k8slint.outside.terminal import name_bytes
from k8slint.report.names import relative_to_root


def fingerprints(found: Iterable[Diagnostic], root: str) -> list[str]:
    """Return a hash for each finding, of its rule, its file, its object and its place in that.

    Lines and messages are ignored. Findings alike in all of these are numbered.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    hashes = []
    for one in found:
        identity = one.identity.in_file(relative_to_root(one.at.path, root))
        text = "\0".join((*identity, str(seen[identity])))
        seen[identity] += 1
        hashes.append(sha256(name_bytes(text)).hexdigest())
    return hashes
