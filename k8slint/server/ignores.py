"""Rules where a manifest names them: in comments and annotations that hide findings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lsprotocol import types

from k8slint.lint.findings import UNKNOWN_IGNORE, UNUSED_IGNORE
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import Rulebook, load_rules
from k8slint.report.page import markdown, url
from k8slint.server.editor import Editor
from k8slint.server.positions import EditorText

_COMMENT = re.compile(r"k8slint: (?:file-)?ignore\[([^]]{0,400})")
_ANNOTATION = re.compile(r"k8slint/ignore[\w.-]{0,100}[\"']?:[ ]+[\"']?([^:\"']{0,400})")
_ABOUT_IGNORES = {UNUSED_IGNORE, UNKNOWN_IGNORE}
_WORD = re.compile(r"[\w-]+")


def rules_of(ls: Editor) -> Rulebook:
    return load_rules(ls.folders.overrides.rule_folders)


def hover_on_ignore(ls: Editor, text: EditorText, at: types.Position) -> str:
    """Return the page of the rule that a suppression names at a position; empty for none."""
    number, column = text.column(at)
    line = text.line(number)
    for listed in (_COMMENT.search(line), _ANNOTATION.search(line)):
        if listed and listed.start(1) <= column <= listed.end(1):
            return page_at(ls, line, column)
    return ""


def page_at(ls: Editor, line: str, column: int) -> str:
    """Return the page of the rule that a word of a line names; empty for none."""
    words = (word for word in _WORD.finditer(line) if word.start() <= column <= word.end())
    named = next(words, None)
    rule = _rule_called(rules_of(ls), named[0]) if named else None
    if rule is None:
        return ""
    link = url(rule.code)
    return f"{markdown(rule).rstrip()}\n\n{link}\n" if link else markdown(rule)


def complete_ignore(
    ls: Editor, path: str, text: EditorText, at: types.Position
) -> list[types.CompletionItem]:
    """Return the rules that a suppression can name, those first that found something here."""
    number, column = text.column(at)
    before = text.line(number)[:column]
    comment, annotation = _COMMENT.search(before), _ANNOTATION.search(before)
    is_open = any(found and found.end() == column for found in (comment, annotation))
    if not is_open:
        return []
    shown = ls.shown_of(path)
    here = {one.code for one in shown.found} - _ABOUT_IGNORES if shown else ()
    return complete_rules(ls, here)


def complete_rules(ls: Editor, first: Iterable[str] = ()) -> list[types.CompletionItem]:
    """Return all rules by their codes."""
    here = {*first}
    return [
        types.CompletionItem(
            rule.code,
            kind=types.CompletionItemKind.EnumMember,
            detail=rule.name,
            documentation=rule.summary,
            sort_text=f"{int(rule.code not in here)}{rule.code}",
            filter_text=f"{rule.code} {rule.name}",
        )
        for rule in rules_of(ls).rules
    ]


def _rule_called(book: Rulebook, word: str) -> Rule | None:
    return next((rule for rule in book.rules if word in (rule.code, rule.name)), None)
