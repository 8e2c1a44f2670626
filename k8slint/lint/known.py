"""Findings of a file that are known, and hidden for that."""

from collections import Counter
from collections.abc import Iterable, Mapping

from k8slint.lint.diagnosis import Diagnostic, Suppressed
from k8slint.lint.findings import IgnoreFinding, Violation
from k8slint.lint.identity import Identity
from k8slint.lint.result import LintResult
from k8slint.records import NamedTuple
from k8slint.type_names import TypeVar

BY_BASELINE = Suppressed("baseline")

_Any = TypeVar("_Any", Violation, Diagnostic, IgnoreFinding)


class Known(NamedTuple):
    """How often each finding is known in one file, and in files that are gone, `across_runs`."""

    own: Mapping[Identity, int]
    moved: Mapping[Identity, int]

    def hide(self, examined: LintResult) -> None:
        """Mark those of the findings that are known and not hidden yet."""
        seen: Counter[Identity] = Counter()
        examined.found = [self._hidden(one, seen) for one in examined.found]
        examined.unreadable = [self._hidden(one, seen) for one in examined.unreadable]
        examined.remarks = [self._hidden(one, seen) for one in examined.remarks]

    def mark(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return the findings of one file, with those marked that are known and not hidden yet."""
        seen: Counter[Identity] = Counter()
        return [self._hidden(one, seen) for one in found]

    def _hidden(self, one: _Any, seen: Counter[Identity]) -> _Any:
        if one.suppressed:
            return one
        key = one.identity.across_runs()
        seen[key] += 1
        is_known = seen[key] <= self.own.get(key, 0) + self.moved.get(key, 0)
        return one._replace(suppressed=BY_BASELINE) if is_known else one
