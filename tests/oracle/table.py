"""Rows counted: the table that is printed, the recorded one, and what is worse than recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.oracle.compare import SILENT, WHOLE_FILES, Row
from tests.oracle.judge import REJECTED
from tests.oracle.mutants import PLACEHOLDER

RECORDED = Path(__file__).with_name("recorded")
# Percentages that hold for any seed.
LEAST_REJECTED = 98.0
LEAST_UNKNOWN = 95.0
# What may never happen, whatever the seed is.
NEVER = ("accepted, reported as refused", "accepted, no longer", "refused and silent")
# A generator that loses its mutants proves nothing.
LEAST_SHARE = 0.9


class Figures(NamedTuple):
    """How many mutants there are of each sort; placeholders are counted apart."""

    rejected: int
    rejected_reported: int
    unknown: int
    unknown_reported: int
    accepted: int
    placeholders: int

    @property
    def rejected_share(self) -> float:
        return 100 * self.rejected_reported / self.rejected

    @property
    def unknown_share(self) -> float:
        return 100 * self.unknown_reported / self.unknown


class Table(NamedTuple):
    """Counts by (group, server, claim), and faults by (fault, group, what)."""

    cells: Counter[tuple[str, str, str]]
    faults: Counter[tuple[str, str, str]]

    def accepting(self, other: Table) -> Table:
        """Return this table with those faults of another seed that may never happen unrecorded."""
        never = Counter({key: n for key, n in other.faults.items() if key[0].startswith(NEVER)})
        return self._replace(faults=self.faults | never)

    def group_sizes(self) -> Counter[str]:
        sizes: Counter[str] = Counter()
        for (group, _, _), count in self.cells.items():
            sizes[group] += count
        return sizes


def table_of(rows: Sequence[Row]) -> Table:
    cells = Counter((row.group, row.server, row.claim) for row in rows)
    faults = Counter((fault, row.group, row.what) for row in rows for fault in row.faults)
    return Table(cells, faults)


def figures_of(table: Table) -> Figures:
    def count(servers: frozenset[str], *, reported: bool = False) -> int:
        return sum(
            number
            for (group, server, claim), number in table.cells.items()
            if group not in {PLACEHOLDER, *WHOLE_FILES}
            and server in servers
            and not (reported and claim in SILENT)
        )

    unknown = frozenset({"unknown"})
    return Figures(
        count(REJECTED),
        count(REJECTED, reported=True),
        count(unknown),
        count(unknown, reported=True),
        count(frozenset({"accepted"})),
        table.group_sizes()[PLACEHOLDER],
    )


def regressions(now: Table, recorded: Table) -> Iterator[str]:
    """Yield in words what is worse than recorded."""
    for (fault, group, what), count in sorted(now.faults.items()):
        before = recorded.faults[fault, group, what]
        if count > before:
            yield f"{fault}: {group}: {what} ({count}, recorded {before})"
    sizes = now.group_sizes()
    for group, before in sorted(recorded.group_sizes().items()):
        if sizes[group] < LEAST_SHARE * before:
            yield f"fewer cases: {group} ({sizes[group]}, recorded {before})"


def missed_targets(now: Table, recorded: Table) -> Iterator[str]:
    """Yield in words which targets are missed, apart from recorded faults."""
    figures = figures_of(now)
    if not figures.rejected_share >= LEAST_REJECTED:
        yield f"rejected objects: {figures.rejected_share:.1f} % reported, not {LEAST_REJECTED} %"
    if not figures.unknown_share >= LEAST_UNKNOWN:
        yield f"unknown fields: {figures.unknown_share:.1f} % reported, not {LEAST_UNKNOWN} %"
    for fault, group, what in sorted(now.faults):
        if fault.startswith(NEVER) and not recorded.faults[fault, group, what]:
            yield f"{fault}: {group}: {what}"


def render(table: Table) -> Iterator[str]:
    """Yield the lines of a table: what the server does by group, and what k8slint claims of it."""
    groups = sorted({group for group, _, _ in table.cells})
    heads = ("rejected", "reported", "unknown", "reported", "accepted", "refused?", "other")
    yield f"{'':22}" + "".join(f"{head:>11}" for head in heads)
    for group in groups:
        cells = {key[1:]: count for key, count in table.cells.items() if key[0] == group}
        yield f"{group:22}" + "".join(f"{count:11,}" for count in _columns(cells))


def summary(table: Table) -> Iterator[str]:
    """Yield the lines about the targets."""
    figures = figures_of(table)
    yield (
        f"rejected whoever sends it: {figures.rejected:,}, reported {figures.rejected_share:.1f} %"
        f" (at least {LEAST_REJECTED} %), without {figures.placeholders} placeholders such as"
        " ${GRACE}, about which k8slint is silent on purpose"
    )
    yield (
        f"unknown fields: {figures.unknown:,}, reported {figures.unknown_share:.1f} %"
        f" (at least {LEAST_UNKNOWN} %)"
    )


def _columns(cells: dict[tuple[str, str], int]) -> list[int]:
    def count(servers: frozenset[str], claims: frozenset[str] | None = None) -> int:
        return sum(
            number
            for (server, claim), number in cells.items()
            if server in servers and (claims is None or claim in claims)
        )

    loud = frozenset({"fails", "drops", "rejects"})
    refused = frozenset({"drops", "rejects"})
    unknown, accepted = frozenset({"unknown"}), frozenset({"accepted"})
    judged = REJECTED | unknown | accepted
    other = frozenset(server for server, _ in cells) - judged
    return [
        *(count(REJECTED), count(REJECTED, loud), count(unknown), count(unknown, loud)),
        *(count(accepted), count(accepted, refused), count(other)),
    ]


def read(path: Path) -> Table:
    """Read a recorded table; one that does not exist has nothing in it."""
    if not path.exists():
        return Table(Counter(), Counter())
    recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Table(_counter(recorded["table"]), _counter(recorded["faults"]))


def _counter(rows: list[list[Any]]) -> Counter[tuple[str, str, str]]:
    return Counter({(first, second, third): count for first, second, third, count in rows})


def write(table: Table, path: Path, about: dict[str, object]) -> None:
    """Record a table, one row per line, so that a change is easy to review."""
    rows = {
        "table": [[*key, count] for key, count in sorted(table.cells.items())],
        "faults": [[*key, count] for key, count in sorted(table.faults.items())],
    }
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in about.items()]
    for name, entries in rows.items():
        lines = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
        parts.append(f"{json.dumps(name)}: [\n{lines}\n]" if entries else f'"{name}": []')
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
