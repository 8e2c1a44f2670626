"""Markdown for a comment on a pull request or a job summary: the counts, then a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.reports import Report
from k8slint.lint.task import RunOptions
from k8slint.outside.terminal import printable
from k8slint.report.names import relative_to_root
from k8slint.report.page import url
from k8slint.report.summary import counts

# Of the 65,536 characters that GitHub accepts in a comment, and how many problems may take; our
# action adds a mark.
LIMIT = 65_000
_FOR_PROBLEMS = 8_000

_HEAD = "| | Where | Rule | What happens |\n| --- | --- | --- | --- |\n"
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$]")
# Text that can be a code span anywhere, in a table too.
_STRETCH = re.compile(r"[^\s\\`|]+")
# What forges turn into links, mentions and pictures after Markdown is parsed, so that a backslash
# does not prevent it; they leave code alone.
_ALIVE = re.compile(
    r"@|://|www\.|mailto:|xmpp:|:[\w+-]+:|\[\w+:|[#!&$]\d|[~%]\w|\b(?:GH|GHSA|CVE|CWE)-\w"
    r"|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)


def render(report: Report) -> str:
    return page_of(report, report.diagnoses)


def page_of(report: Report, listed: Iterable[Diagnostic], more: str = "") -> str:
    """Return a page with the counts of a report, and a table of some of its findings.

    `more` is a paragraph in between.
    """
    text = f"### k8slint\n\n{counts(report, RunOptions(fix=bool(report.fixed)))}\n"
    text += f"\n{more}\n" if more else ""
    problems = [f"- error: {in_markdown(f'{path}: {why}')}\n" for path, why in report.problems]
    text += fitting("\n", problems, _FOR_PROBLEMS)
    rows = [_row(one, report.root) for one in sorted(listed, key=rank)]
    return text + fitting(f"\n{_HEAD}", rows, LIMIT - len(text))


def rank(one: Diagnostic) -> tuple[int, tuple[str, int, int, str, str]]:
    """Return the key by which findings are sorted, the worst first."""
    return -one.severity, one.order


def fitting(head: str, lines: Sequence[str], room: int) -> str:
    """Return lines below a head, as many as fit, and how many were left out."""
    if not lines:
        return ""
    end = "\n{} more left out for lack of room.\n"
    room -= len(head) + len(end) + len(str(len(lines)))
    kept = []
    for line in lines:
        if len(line) <= room:
            kept.append(line)
            room -= len(line)
    left_out = len(lines) - len(kept)
    return head + "".join(kept) + (end.format(left_out) if left_out else "")


def rule_link(one: Diagnostic) -> str:
    """Return the code of a finding's rule, with a link to its page if that is ours."""
    page = url(one.code)
    return f"[{one.code}]({page})" if page else one.code


def _row(one: Diagnostic, root: str) -> str:
    line = f":{one.at.line}" if one.at.line else ""
    cells = (
        str(one.severity),
        in_markdown(f"{relative_to_root(one.at.path, root)}{line}"),
        f"{rule_link(one)} {one.name}",
        in_markdown(one.sentence),
    )
    return f"| {' | '.join(cells)} |\n"


def in_markdown(text: str) -> str:
    """Escape a text so that nothing in it becomes markup, a link, a mention or a picture."""
    pieces = re.split(f"({_STRETCH.pattern})", printable(text))
    pieces[::2] = [_SPECIAL.sub(r"\\\g<0>", piece) for piece in pieces[::2]]
    pieces[1::2] = [
        f"`{piece}`" if _ALIVE.search(piece) else _SPECIAL.sub(r"\\\g<0>", piece)
        for piece in pieces[1::2]
    ]
    return "".join(pieces)
