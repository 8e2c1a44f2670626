"""A review of a pull request, as GitHub's API takes it.

https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request. A comment stands
on lines that the diff shows; what is found elsewhere is in a table of the review's text, as is
everything where no diff is known. A repair of lines that the diff shows is suggested.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter

from k8slint.lint.diagnosis import Diagnostic, TextEdit
from k8slint.lint.reports import Report, Review, ReviewedFile
from k8slint.outside.terminal import backslashed, escaped
from k8slint.records import NamedTuple
from k8slint.report.fingerprint import fingerprints
from k8slint.report.json import dumps, meeting_joined
from k8slint.report.markdown import LIMIT, fitting, in_markdown, page_of, rank, rule_link
from k8slint.report.names import readable, relative_to_root
from k8slint.type_names import Any

# No number is documented; reviewdog, which reviews for a hundred linters, sends so many at once.
_MOST_COMMENTS = 30
# In characters; a line of generated YAML may be as long as a file.
_LONGEST_SUGGESTION = 10_000
# What makes a repair that cannot be suggested.
_FLAGS = {"fix": "--fix", "unsafe": "--fix --unsafe-fixes"}
# Of the places that a finding is about, and of marks in one comment.
_MOST = 50


class _Suggestion(NamedTuple):
    """Lines of a file, and what they are to be replaced by."""

    start: int
    end: int
    text: str


class _Comment(NamedTuple):
    """Findings reported in one place, and what repairs all of them, if that can be suggested."""

    path: str
    start: int
    end: int
    found: list[tuple[Diagnostic, str]]
    suggestion: _Suggestion | None


def render(report: Report) -> str:
    prints = fingerprints(report.diagnoses, report.root)
    named = [*zip(report.diagnoses, prints, strict=True)]
    ordered = sorted(named, key=lambda pair: rank(pair[0]))
    comments = [] if report.review is None else _comments(ordered, report.review, report.root)
    written = [_comment(one, report.root) for one in comments[:_MOST_COMMENTS]]
    inside = {mark for comment in comments[:_MOST_COMMENTS] for _, mark in comment.found}
    rest = [one for one, mark in named if mark not in inside]
    review: dict[str, Any] = {"commit_id": report.review.commit} if report.review else {}
    review |= {
        "event": "COMMENT",
        "body": page_of(report, rest, _about(len(inside), len(rest), len(comments))),
        "comments": written,
    }
    return dumps(review, indent=2)


def _about(inside: int, outside: int, comments: int) -> str:
    """Return what is reported where, if anything is beside lines."""
    if not inside:
        return ""
    text = f"{inside} {'is' if inside == 1 else 'are'} in comments on the change"
    if outside:
        text += f", {outside} in the table below: the diff does not show the lines"
        if comments > _MOST_COMMENTS:
            text += f", or there are more than {_MOST_COMMENTS} comments"
    return f"{text}."


def _comments(
    found: Iterable[tuple[Diagnostic, str]], review: Review, root: str
) -> list[_Comment]:
    """Return the comments that can stand beside lines; one for all that one repair is for.

    Of more than a review can have, there is only one, so that large files take no longer.
    """
    by_place: dict[tuple[Any, ...], _Comment] = {}
    taken: dict[str, list[_Suggestion]] = {}
    for one, fingerprint in found:
        path = relative_to_root(one.at.path, root)
        file = review.files.get(one.at.path)
        if file is None or path != readable(path):
            continue
        edits = meeting_joined(one.fix.edits) if one.fix else []
        key = (path, *edits) if edits else (path, one.at)
        if key in by_place:
            by_place[key].found.append((one, fingerprint))
            continue
        if len(by_place) > _MOST_COMMENTS:
            continue
        suggestion = _suggestion(edits, file) if edits else None
        others = taken.setdefault(path, [])
        if suggestion and any(_meet(suggestion, other) for other in others):
            suggestion = None  # GitHub applies no two suggestions that overlap.
        if suggestion:
            others.append(suggestion)
            place = suggestion.start, suggestion.end
        elif _is_shown(file, one.at.line, one.at.line):
            place = one.at.line, one.at.line
        else:
            continue
        by_place[key] = _Comment(path, *place, [(one, fingerprint)], suggestion)
    return [*by_place.values()]


def _suggestion(edits: Sequence[TextEdit], file: ReviewedFile) -> _Suggestion | None:
    """Return whole lines for those that edits change; None where a review cannot have them.

    The lines have to be in one part of the diff, and to be read by a person as they are: no
    control character is in them, nor a line end of Windows, which a suggestion does not keep.
    """
    lines = file.lines
    start = min(*(edit.line for edit in edits), len(lines))
    end = max(edit.end_line - (edit.end_column == 1 < edit.end_line) for edit in edits)
    end = min(max(start, end), len(lines))
    if not _is_shown(file, start, end):
        return None
    old = "".join(f"{line}\n" for line in lines[start - 1 : end])
    new = _edit(old, edits, start)
    if not new.endswith("\n") and new:
        return None
    text = new.removesuffix("\n")
    is_plain = escaped(text, backslashed, "\n\t") == text and len(text) <= _LONGEST_SUGGESTION
    return _Suggestion(start, end, text) if is_plain else None


def _edit(text: str, edits: Iterable[TextEdit], first: int) -> str:
    """Return lines after edits, which are all in them; `first` is the number of the first line."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    done, at = [], 0
    for edit in sorted(edits, key=lambda one: (one.line, one.column)):
        done += [text[at : starts[edit.line - first] + edit.column - 1], edit.content]
        at = starts[edit.end_line - first] + edit.end_column - 1
    return "".join((*done, text[at:]))


def _meet(one: _Suggestion, other: _Suggestion) -> bool:
    return one.start <= other.end and other.start <= one.end


def _is_shown(file: ReviewedFile, start: int, end: int) -> bool:
    """Whether one part of the diff has all of some lines."""
    at = bisect_right(file.hunks, start, key=itemgetter(0)) - 1
    return at >= 0 and end <= file.hunks[at][1]


def _comment(comment: _Comment, root: str) -> dict[str, Any]:
    place = {"path": comment.path, "line": comment.end, "side": "RIGHT"}
    if comment.start < comment.end:
        place |= {"start_line": comment.start, "start_side": "RIGHT"}
    return {**place, "body": _body(comment, root)}


def _body(comment: _Comment, root: str) -> str:
    marks = "".join(
        f"<!-- k8slint:{fingerprint} -->\n" for _, fingerprint in comment.found[:_MOST]
    )
    paragraphs = [_reported(one, root) for one, _ in comment.found]
    first = comment.found[0][0]
    end = ""
    if first.fix and first.fix.edits:
        risk = f" (unsafe: {first.fix.unsafe})" if first.fix.unsafe else ""
        end = f"\nRepair: {in_markdown(first.fix.title + risk)}.\n"
        if comment.suggestion:
            end += _fence(comment.suggestion.text)
        elif flags := _FLAGS.get(first.fix.offered):
            end += f"\n`k8slint check {flags}` makes it.\n"
    return marks + fitting("", paragraphs, LIMIT - len(marks) - len(end)) + end


def _reported(one: Diagnostic, root: str) -> str:
    """Return a paragraph with what is found, and the other places that it is about."""
    head = f"\n{one.severity}: {rule_link(one)} {one.name}, line {one.at.line}"
    text = f"{head}: {in_markdown(one.sentence)}\n"
    for place in one.related[:_MOST]:
        path = relative_to_root(place.path, root)
        where = f"{path}:{place.line}" if place.line else path
        label = f": {in_markdown(place.label)}" if place.label else ""
        text += f"\n- {in_markdown(where)}{label}"
    return f"{text}\n" if one.related else text


def _fence(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    inside = f"{text}\n" if text else ""
    return f"\n{fence}suggestion\n{inside}{fence}\n"
