"""What tells a finding from all others, and outlives changes elsewhere in its file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from k8slint.lint.diagnosis import Diagnosis
from k8slint.report.names import from_root


def fingerprints(found: Iterable[Diagnosis], root: str) -> list[str]:
    """A hash for each finding, made of its rule, its file, its object and the place in that.

    Lines and messages do not count. Findings that agree in all of it are numbered.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    hashes = []
    for one in found:
        identity = _identity(one, root)
        text = "\0".join((*identity, str(seen[identity])))
        seen[identity] += 1
        hashes.append(sha256(text.encode("utf-8", "surrogateescape")).hexdigest())
    return hashes


def _identity(one: Diagnosis, root: str) -> tuple[str, ...]:
    of = one.resource[1:] if one.resource else ()
    return (one.code, from_root(one.at.path, root), *of, one.pointer)
