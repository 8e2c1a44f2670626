"""Fields of a pod as the API server reads them, and how they are written."""

from __future__ import annotations

import re
from enum import Enum

from k8slint.manifest.pyyaml import ScalarNode
from k8slint.manifest.scalars import as_int64, is_placeholder
from k8slint.manifest.values import Value, is_placeholder_node
from k8slint.records import NamedTuple

_LEADING_ZERO = r"(?a)[-+]?0\d+"
_DIGITS = r"(?a)[-+]?\d{1,18}"


class Spelling(Enum):
    """How an integer field is written, as the API server sees it."""

    ABSENT = "absent"
    PLAIN = "plain"
    MISLEADING = "misleading"  # `060` is 48
    QUOTED = "quoted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"  # a template or a substitution decides


class Whole(NamedTuple):
    """A field that takes a whole number.

    `number` is what the API server reads or, in a quoted one, what was evidently meant.
    """

    value: Value
    number: int | None
    spelling: Spelling


def whole(value: Value) -> Whole:
    """Read an int64 field."""
    node = value.node
    if node is None:
        return Whole(value, None, Spelling.ABSENT)
    if not isinstance(node, ScalarNode):
        known = Spelling.UNKNOWN if is_placeholder_node(node) else Spelling.REJECTED
        return Whole(value, None, known)
    scalar = value.scalar
    if scalar is None:
        return Whole(value, None, Spelling.ABSENT)
    text = node.value
    if is_placeholder(text):
        return Whole(value, None, Spelling.UNKNOWN)
    number = as_int64(scalar)
    if number is not None and isinstance(scalar, float) and value.document.is_json:
        return Whole(value, None, Spelling.REJECTED)  # Only YAML's floats become JSON's integers.
    if number is not None:
        misleading = re.fullmatch(_LEADING_ZERO, text) and int(text) != number
        return Whole(value, number, Spelling.MISLEADING if misleading else Spelling.PLAIN)
    if isinstance(scalar, str) and re.fullmatch(_DIGITS, text.strip()):
        zero = re.fullmatch(_LEADING_ZERO, text.strip()) is not None
        return Whole(value, None if zero else int(text), Spelling.QUOTED)
    return Whole(value, None, Spelling.REJECTED)


class Grace(NamedTuple):
    """The grace period of a pod: what is written, and what counts.

    `seconds` is None where it is not known: a template decides, or the manifest is a patch. It
    `is_filled_in` where the API server may have written it into an object of a cluster.
    """

    written: Whole
    seconds: int | None
    is_filled_in: bool = False

    @property
    def value(self) -> Value:
        return self.written.value

    @property
    def is_default(self) -> bool:
        return self.written.spelling is Spelling.ABSENT or self.is_filled_in

    @property
    def raw(self) -> int | None:
        """The number before the API server reads a negative one as 1."""
        return self.seconds if self.is_default else self.written.number

    @property
    def label(self) -> str:
        if self.seconds is None:
            return "grace period"
        if self.is_default:
            return f"grace period {self.seconds} s (default)"
        return f"grace period {self.seconds} s"

    def __str__(self) -> str:
        return f"{self.seconds} s (default)" if self.is_default else f"{self.seconds} s"


def strings(value: Value) -> tuple[str, ...] | None:
    """A list of strings; None where it is none, or where a template decides."""
    items = [item.scalar for item in value.items()]
    if not items or not all(isinstance(item, str) for item in items):
        return None
    return tuple(str(item) for item in items)
