"""From the bytes of a file to its text."""

from __future__ import annotations

from k8slint.kubernetes.gitops import may_deliver
from k8slint.lint.scope import LintScope
from k8slint.manifest.source import UTF16_BE, NotText, Source, decode, is_wide, searchable
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.lint.diagnosis import Diagnostic


def read_source(data: bytes, name: str, scope: LintScope) -> Source | Diagnostic | None:
    """The text of a file that can hold what rules look at; a finding if it is not text.

    None for a file in which the kinds do not occur, which is decided on its bytes; and for one
    that is no text, unless it can hold workloads.
    """
    has_pods = scope.kinds.may_occur(data)
    try:
        if not has_pods and is_wide(data):
            has_pods = scope.kinds.may_occur(data.replace(b"\0", b""))
        is_wanted = has_pods or scope.may_have_budgets(data) or may_deliver(searchable(data), name)
        return decode(data, name) if is_wanted else None
    except NotText as problem:
        if not has_pods:
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
