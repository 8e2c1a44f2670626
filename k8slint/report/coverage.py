"""How much of a run was read, in numbers, in lines and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from k8slint.coverage import Extent, Portion, PortionKind, Reason
from k8slint.lint.files import (
    JINJA,
    LARGE_JSON,
    OUTSIDE_LINK,
    SUBSTITUTION,
    TEMPLATE,
    YTT,
)
from k8slint.lint.reports import FileReport
from k8slint.outside.terminal import clipped, printable
from k8slint.records import NamedTuple
from k8slint.type_names import Any

# What a report on a file skips as a whole.
_WHOLE = {
    **dict.fromkeys(
        (TEMPLATE, JINJA, YTT, SUBSTITUTION), (PortionKind.TEMPLATE, Reason.UNRENDERED)
    ),
    OUTSIDE_LINK: (PortionKind.FILE, Reason.OUTSIDE),
    LARGE_JSON: (PortionKind.FILE, Reason.TOO_LARGE),
}

# What is listed with its reason, up to so many for each.
_RENDERED = (PortionKind.OVERLAY, PortionKind.CHART)
_FEW = 5

# What to do about a reason.
_HINTS = {
    (PortionKind.GITOPS, Reason.UNRENDERED): "--render builds those whose charts are here",
    (PortionKind.TEMPLATE, Reason.VALUES_UNKNOWN): "--render reads them whole",
    (PortionKind.CHART, Reason.REMOTE): "helm dependency build fetches dependencies",
    (PortionKind.CHART, Reason.NO_TOOL): "install helm",
    (PortionKind.OVERLAY, Reason.NO_TOOL): "install kustomize or kubectl",
}


class FoundPortion(NamedTuple):
    """A portion, and the path to report its file by."""

    path: str
    portion: Portion

    @property
    def place(self) -> str:
        return f"{self.path}:{self.portion.line}" if self.portion.line else self.path


class Count(NamedTuple):
    """How many portions of a kind were read, in part, and not at all."""

    read: int = 0
    in_part: int = 0
    not_read: int = 0

    @property
    def all(self) -> int:
        return self.read + self.in_part + self.not_read


def portions_in(files: Iterable[FileReport]) -> list[FoundPortion]:
    """Return all that a run met, file by file; files that can hold nothing of it do not count."""
    return [FoundPortion(file.path, portion) for file in files for portion in _portions(file)]


def count(found: Iterable[FoundPortion]) -> dict[PortionKind, Count]:
    """Return the numbers by kind, of those kinds that were met."""
    numbers = Counter((portion.kind, portion.extent) for _, portion in found)
    every = {kind: Count(*(numbers[kind, extent] for extent in Extent)) for kind in PortionKind}
    return {kind: one for kind, one in every.items() if one.all}


def sentences(found: Sequence[FoundPortion]) -> Iterator[str]:
    """Yield what was read of how much, as a warning where most was not; nothing if all was."""
    counts = count(found)
    if all(one.read == one.all for one in counts.values()):
        return
    parts = [_share(kind, one) for kind, one in counts.items()]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    # Scripts in images are nothing that a run could have read.
    files = [one for kind, one in counts.items() if kind is not PortionKind.SCRIPT]
    is_most = 2 * sum(one.not_read for one in files) > sum(one.all for one in files)
    yield f"Warning: read only {listed}." if is_most else f"Read {listed}."


def reasons(files: Sequence[FileReport]) -> Iterator[str]:
    """Yield how much was not read, or only in part, of what is in files, by kind and reason.

    A few that were not rendered are listed, with all that is known of why.
    """
    groups: dict[tuple[int, PortionKind, Extent, Reason], list[FoundPortion]] = {}
    for order, kind in enumerate(PortionKind):
        for file in files:
            for portion in file.coverage:
                why, is_read = portion.reason, portion.extent is Extent.READ
                # What is not YAML is a finding already.
                if portion.kind is kind and why and why is not Reason.NOT_YAML and not is_read:
                    key = order, kind, portion.extent, why
                    groups.setdefault(key, []).append(FoundPortion(file.path, portion))
    for (_, kind, extent, reason), found in sorted(groups.items()):
        is_listed = kind in _RENDERED and len(found) <= _FEW
        if is_listed:
            yield from coverage_lines(found)
        what = "Skipped" if extent is Extent.NOT_READ else "Read in part:"
        hints = [hint] if (hint := _HINTS.get((kind, reason))) else []
        if not is_listed:
            hints.append(f"--coverage lists {'it' if len(found) == 1 else 'them'}")
        more = f" ({'; '.join(hints)})" if hints else ""
        yield f"{what} {_counted(len(found), kind)}: {reason.words}{more}."


def coverage_lines(found: Iterable[FoundPortion]) -> Iterator[str]:
    """Yield a line for each portion: where it is, how far it was read, what it is, and why."""
    for one in found:
        place, portion = one.place, one.portion
        name = f" {portion.name}" if portion.name else ""
        why = f": {portion.detail or portion.reason.words}" if portion.reason else ""
        line = f"{place}: {portion.extent.words}: {portion.kind.noun}{name}{why}"
        yield printable(clipped(line))


def not_read(found: Iterable[FoundPortion], kinds: Collection[PortionKind]) -> str:
    """Return how much of some kinds was not read, in words; empty if nothing."""
    counts = count(one for one in found if one.portion.kind in kinds)
    missed = [(kind, one.not_read) for kind, one in counts.items() if one.not_read]
    return ", ".join(_counted(number, kind) for kind, number in missed)


def coverage_data(found: Sequence[FoundPortion]) -> dict[str, Any]:
    """Return the numbers, and what was not read or only in part, as plain data."""
    return {
        "counts": [
            {
                "kind": str(kind),
                "read": one.read,
                "inPart": one.in_part,
                "notRead": one.not_read,
            }
            for kind, one in count(found).items()
        ],
        "incomplete": [
            {
                "path": path,
                "line": portion.line or None,
                "kind": str(portion.kind),
                "name": clipped(portion.name),
                "extent": str(portion.extent),
                "reason": str(portion.reason) if portion.reason else None,
                "detail": clipped(portion.detail),
            }
            for path, portion in found
            if portion.extent is not Extent.READ
        ],
    }


def _portions(file: FileReport) -> Iterator[Portion]:
    yield from file.coverage
    if any(map(_is_whole, file.coverage)):
        return
    if file.error:
        yield Portion(PortionKind.FILE, Extent.NOT_READ, Reason.UNREADABLE, detail=file.error)
    elif file.in_part:
        yield Portion(PortionKind.TEMPLATE, Extent.IN_PART, Reason.VALUES_UNKNOWN)
    elif file.skipped in _WHOLE:
        kind, reason = _WHOLE[file.skipped]
        is_in_part = kind is PortionKind.TEMPLATE and file.workloads
        yield Portion(kind, Extent.IN_PART if is_in_part else Extent.NOT_READ, reason)
    elif file.workloads:
        yield Portion(PortionKind.WORKLOADS, Extent.READ)


def _is_whole(portion: Portion) -> bool:
    """Whether a portion stands for its file: what is rendered of one, and no part of it alone."""
    if portion.kind is PortionKind.GITOPS:
        return portion.extent is not Extent.NOT_READ
    return portion.kind is not PortionKind.SCRIPT


def _share(kind: PortionKind, one: Count) -> str:
    in_part = f" ({one.in_part} in part)" if one.in_part else ""
    return f"{one.read + one.in_part} of {_counted(one.all, kind)}{in_part}"


def _counted(number: int, kind: PortionKind) -> str:
    return f"{number} {kind.noun}{'s' * (number != 1)}"
