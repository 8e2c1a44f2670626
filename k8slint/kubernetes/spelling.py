"""Which field was evidently meant by a key, and which keys are about a shutdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from k8slint.kubernetes.known_fields import CONTAINER, POD_SPEC, PROBE

SETTINGS = ("terminationGracePeriodSeconds", "lifecycle", "preStop", "postStart", "stopSignal")
# Names that people write for them, in the shape that `_shape` gives them.
_SYNONYMS = {
    "gracefulterminationperiodseconds": "terminationGracePeriodSeconds",
    "graceperiod": "terminationGracePeriodSeconds",
    "graceperiodseconds": "terminationGracePeriodSeconds",
    "stopgraceperiod": "terminationGracePeriodSeconds",
    "terminationseconds": "terminationGracePeriodSeconds",
    "terminationgraceperiod": "terminationGracePeriodSeconds",
    "lifecyclehooks": "lifecycle",
    "prestophook": "preStop",
    "prestophandler": "preStop",
    "poststarthook": "postStart",
}
# Its number is not one of seconds, so it is not the grace period that is meant.
_OTHER_UNITS = ("ms", "millis", "milliseconds", "minutes", "minute")
# As alike as `lifecyle` and `lifecycle`, or `terminationPeriodSeconds` and the grace period.
_ALIKE = 0.8
_LONGEST_KEY = 64
_WORDS = (
    *("grace", "lifecycle", "prestop", "pre_stop", "poststop", "stopsignal", "scaledowndelay"),
    *("terminat", "shutdown"),
)


def field_resembled(name: str, fields: Collection[str]) -> str | None:
    """The field that a key was evidently meant to be; None where it is none of them.

    It differs in case, `_` or `-`, or in a letter or two.
    """
    return _most_alike(name, tuple(fields)) if len(name) <= _LONGEST_KEY else None


@lru_cache(maxsize=4096)
def _most_alike(name: str, fields: tuple[str, ...]) -> str | None:
    by_shape = _by_shape(fields)
    shape = _shape(name)
    if shape in by_shape:
        return by_shape[shape]
    near = [*_may_be_alike(shape, by_shape)]
    if not near:
        return None
    from difflib import get_close_matches  # Few keys are worth its time.

    close = get_close_matches(shape, near, n=1, cutoff=_ALIKE)
    return by_shape[close[0]] if close else None


@lru_cache
def _by_shape(fields: tuple[str, ...]) -> dict[str, str]:
    return {_shape(field): field for field in fields}


@lru_cache
def _letters(text: str) -> frozenset[str]:
    return frozenset(text)


def _may_be_alike(name: str, others: Iterable[str]) -> Iterator[str]:
    """The texts that have as many letters in common with a name as difflib wants in order."""
    size, letters = len(name), {*name}
    for other in others:
        if 2 * size > 3 * len(other) or 2 * len(other) > 3 * size:  # 2 : 3 is 0.8 of both.
            continue
        most = size - len(letters - _letters(other))
        length = size + len(other)
        if 2.0 * most / length >= _ALIKE and 2.0 * _count_common(name, other) / length >= _ALIKE:
            yield other


def _count_common(one: str, other: str) -> int:
    """How many letters texts have in common in the same order: difflib finds no more of them.

    That is the length of their longest common subsequence, by bits: Hyyro, "Bit-parallel
    LCS-length computation revisited", 2004. Few keys pass, and importing difflib takes 1 ms.
    """
    places = dict.fromkeys(one, 0)
    for index, letter in enumerate(one):
        places[letter] |= 1 << index
    left = every = (1 << len(one)) - 1
    for letter in other:
        found = left & places.get(letter, 0)
        left = ((left + found) | (left - found)) & every
    return len(one) - left.bit_count()


def setting_meant(name: str) -> str | None:
    """The shutdown setting that a key is, or is called by another name or in another case."""
    shape = _shape(name)
    return _BY_SHAPE.get(shape)


def setting_resembled(name: str) -> str | None:
    """The shutdown setting that a key was evidently meant to be, misspelt or not."""
    found = setting_meant(name) or field_resembled(name, SETTINGS)
    return None if found and _shape(name).endswith(_OTHER_UNITS) else found


# Fields of pods, as those with a word that `sounds_like_shutdown` looks for.
OTHER_FIELDS = (POD_SPEC | CONTAINER | PROBE) - {*SETTINGS}


@lru_cache(maxsize=4096)
def sounds_like_shutdown(name: str) -> bool:
    """Whether a key, other than a field of pods, is about a shutdown by its words or letters."""
    if name in OTHER_FIELDS or len(name) > _LONGEST_KEY:
        return False
    lower = name.lower()
    return any(word in lower for word in _WORDS) or setting_resembled(name) is not None


def _shape(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


_BY_SHAPE = {**_SYNONYMS, **{_shape(name): name for name in SETTINGS}}
