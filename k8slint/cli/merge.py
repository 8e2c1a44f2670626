"""`k8slint merge`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import sys
from collections.abc import Collection
from typing import Annotated

from k8slint.cli.options import Positional, Subcommand
from k8slint.cli.output import write
from k8slint.errors import UsageError
from k8slint.records import NamedTuple


class MergeOptions(NamedTuple):
    """The options of `merge`."""

    reports: Annotated[
        list[str] | None,
        Positional(
            "JSON, SARIF or baselines; paths of NAME=REPORT go below NAME.",
            metavar="[NAME=]REPORT ...",
            show_default=False,
        ),
    ] = None


def merge(options: MergeOptions, _: Collection[str]) -> int:
    """Join reports of several runs."""
    from k8slint.report.merging import merge_reports, read_report

    if not options.reports:
        raise UsageError("merge needs reports: k8slint merge part-1.json part-2.json > all.json")
    write(sys.stdout, merge_reports([*map(read_report, options.reports)]))
    return 0


COMMAND = Subcommand(
    MergeOptions,
    merge,
    examples=(
        "k8slint merge part-*.sarif > k8slint.sarif",
        "k8slint merge shop=shop.json billing=billing.json > all.json",
    ),
)
