"""What a person reads in a terminal: sentences within its width, marks below what they mark."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.lint.diagnosis import Diagnostic, Fix
from k8slint.lint.diff import unified_diff
from k8slint.lint.identity import Resource
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.rule import Severity
from k8slint.manifest.source import Location
from k8slint.report.text import full, paint_diff

WIDTHS = (60, 80, 120, 200)
LINE = (
    '                  command: ["/bin/sh", "-c", "sleep 45"]  # '
    + "let the load balancer see it " * 5
)
SHORT = "    spec:"
NAME = "c" * 70

FOUND = Diagnostic(
    "GS101",
    "prestop-consumes-grace-period",
    Severity.ERROR,
    "preStop takes 45 s, the grace period is 30 s: the stop signal arrives at the deadline; "
    "preStop 45 + drain window 5 + margin 5 = 55 s",
    Location("deploy/shop/web.yaml", 26, 28, 26, 57, LINE, "takes 45 s, as its words say"),
    because=Location("deploy/shop/web.yaml", 15, 5, 15, 9, SHORT, "grace period 30 s (default)"),
    resource=Resource("apps/v1", "Deployment", "shop", "web", NAME),
    fix=Fix("safe", "fix", "raise terminationGracePeriodSeconds from 30 (default) to 55"),
)


def shown(width: int | None) -> list[str]:
    report = Report((FileReport(FOUND.at.path, 1, (FOUND,)),))
    return full(report, width=width).rstrip("\n").split("\n")


def sentences(lines: list[str]) -> str:
    """All but source lines and their marks, on one line."""
    return " ".join(" ".join(line for line in lines if " |" not in line and line != "...").split())


@pytest.mark.parametrize("width", WIDTHS)
def test_sentences_are_wrapped_and_lose_no_word(width: int) -> None:
    lines = shown(width)
    assert sentences(lines) == sentences(shown(None))
    for line in lines:
        assert len(line) <= width or FOUND.at.path in line or NAME in line, line
    assert not [line for line in lines if re.match(r"\s+s\b", line)], "a number without its unit"


@pytest.mark.parametrize("width", WIDTHS)
def test_marks_are_below_what_they_mark(width: int) -> None:
    lines = shown(width)
    at = next(number for number, line in enumerate(lines) if "^" in line)
    start, end = lines[at].index("^"), lines[at].rindex("^") + 1
    assert lines[at - 1][start:end] == LINE[27:56]
    assert FOUND.at.label in lines[at] + lines[at + 1]


def test_elsewhere_nothing_is_wrapped() -> None:
    assert any(FOUND.message in line for line in shown(None))


def in_brackets(text: str, role: str, rule: str = "") -> str:
    return f"<{role}>{text}</>"


LINES = st.lists(
    st.sampled_from(["a", "b", "", "-- c", "++ d", "@@ -1 +1 @@", "\\ e"]), max_size=9
)


@given(old=LINES, new=LINES, end=st.sampled_from(["", "\n"]))
def test_a_patch_is_coloured_as_git_colours_it(old: list[str], new: list[str], end: str) -> None:
    before, after = ("\n".join(lines) + (end if lines else "") for lines in (old, new))
    patch = unified_diff("web.yaml", before, after)
    lines = paint_diff(patch, in_brackets).split("\n")
    plain = [re.sub(r"^<\w+>(.*)</>$", r"\1", line) for line in lines]
    assert "\n".join(plain) == patch
    roles = [(re.match(r"<(\w+)>", line) or [""])[0] for line in lines]
    assert roles[:2] == (["<path>", "<path>"] if patch else [""])
    for role, line in zip(roles[2:], plain[2:], strict=True):
        signs = {"-": "<removed>", "+": "<added>", "@": "<hunk>"}
        assert role == signs.get(line[:1], ""), line
