"""From the bytes of a file to its text."""

from __future__ import annotations

from k8slint.kubernetes.gitops import may_deliver
from k8slint.lint.scope import LintScope
from k8slint.manifest.source import UTF16_BE, NotText, Source, decode, is_wide
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.lint.diagnosis import Diagnostic


def read_source(data: bytes, name: str, scope: LintScope) -> Source | Diagnostic | None:
    """The text of a file that can hold what rules look at; a finding if it is not text.

    None for a file in which the kinds do not occur, whether it is text or not.
    """
    try:
        source = decode(data, name)
    except NotText as problem:
        return _no_text(data, name, problem, scope)
    text = source.text
    may_hold = scope.kinds.may_occur(text) or scope.may_have_budgets(text)
    return source if may_hold or may_deliver(text, name) else None


def _no_text(data: bytes, name: str, problem: NotText, scope: LintScope) -> Diagnostic | None:
    """The finding for a file that is no text; None where it cannot hold workloads."""
    words = data.decode("ascii", "replace")
    narrow = words.replace("\0", "") if is_wide(data) else ""
    if not (scope.kinds.may_occur(words) or scope.kinds.may_occur(narrow)):
        return None
    text = "" if b"\0" in data else data.decode("utf-8", "replace")
    offset = len(data[: problem.offset].decode("utf-8", "replace"))
    source = Source(name, text)

    from k8slint.lint.reading import syntax_error
    from k8slint.lint.rule import Severity

    # kubectl cuts lines at the byte of LF, so it reads UTF-16 only where that comes last.
    is_ours = data.startswith(UTF16_BE)
    severity = Severity.WARNING if is_ours else None
    message = f"{problem}{' and is not checked' if is_ours else ''}: save the file as UTF-8"
    return syntax_error(source, message, offset, scope, severity)
