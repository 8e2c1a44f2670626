"""The grace period a pod needs, as a sum of what its containers take."""

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

from k8slint.lazy import cached_property
from k8slint.manifest.values import Value
from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds, between, format_number

# What is added to a sum, and what a drain gets that is not known, where no option says otherwise.
MARGIN = 5
WINDOW = 5
# So many drains of sidecars are told apart in a sum.
_MOST_TERMS = 10


class Term(NamedTuple):
    """One part of a budget, with the place it comes from where it is written."""

    label: str
    span: Seconds
    value: Value | None = None

    @property
    def seconds(self) -> float:
        """What it counts for: the longest it can take, or what is known of it."""
        return self.span.high if self.span.is_known else self.span.low

    def __str__(self) -> str:
        up_to = "up to " if self.span.is_known and not self.span.is_exact else ""
        return f"{self.label} {up_to}{format_number(self.seconds)}"


class Budget(NamedTuple):
    """The grace period a pod needs, as a sum."""

    terms: tuple[Term, ...]

    @property
    def seconds(self) -> int:
        """The whole seconds that cover every part that is known."""
        return math.ceil(self.exact)

    @property
    def exact(self) -> float:
        return sum(term.seconds for term in self.terms)

    @property
    def is_minimum(self) -> bool:
        """Whether a part is not fully known, so that more may be needed."""
        return not all(term.span.is_known for term in self.terms)

    def __str__(self) -> str:
        at_least = "at least " if self.is_minimum else ""
        return f"{' + '.join(map(str, self.terms))} = {at_least}{self.seconds} s"


class Sidecar(NamedTuple):
    """A native sidecar: what its hook takes, also as a part of a sum, and its drain."""

    takes: Seconds
    hook: tuple[Term, ...]
    drains: tuple[Term, ...]


class Tail:
    """The native sidecars after the main containers, which end one after the other (KEP-753).

    Their hooks have run since the start, so only one that is longer than everything before it
    counts.
    """

    def __init__(self, sidecars: Iterable[Sidecar]) -> None:
        """The sidecars come in the order in which they are written."""
        self._sidecars = [*sidecars][::-1]
        self._drains: list[Term] = []
        # Where in these those of each sidecar begin, and what each comes to in numbers.
        self._starts: list[int] = []
        self._links: list[tuple[float, float, float]] = []
        for takes, _, drains in self._sidecars:
            self._starts.append(len(self._drains))
            self._drains += drains
            drain = sum(term.seconds for term in drains)
            self._links.append((takes.low, Term("", takes).seconds, drain))
        self._last_hooks: dict[float, int | None] = {}

    def behind(self, terms: list[Term]) -> list[Term]:
        """The sum of what comes before, with the sidecars after it."""
        spent = sum(term.seconds for term in terms)
        last = self._last_hook(spent)
        if last is not None:
            terms = [*self._sidecars[last].hook]
        return [*terms, *self._drains_from(last or 0)]

    def longest_with(self, number: int, takes: Seconds, before: Sequence[float]) -> float:
        """The most that any of some sums comes to, if the hook of one sidecar takes so long.

        The sums of what comes `before` are in order, the smallest first.
        """
        from heapq import heappop, heappush

        changed = len(self._links) - 1 - number
        # All without what the drains so far have added to each of them.
        sums, drained = [*before], 0.0
        for index, (hook, counts, drain) in enumerate(self._links):
            if index == changed:
                hook, counts = takes.low, Term("", takes).seconds
            if sums[0] + drained < hook:
                while sums and sums[0] + drained < hook:
                    heappop(sums)
                heappush(sums, counts - drained)
            drained += drain
        return max(sums) + drained

    def _last_hook(self, before: float) -> int | None:
        """The last sidecar whose hook is longer than everything before it."""
        if before not in self._last_hooks:
            last, spent = None, before
            for number, (hook, counts, drain) in enumerate(self._links):
                if hook > spent:
                    last, spent = number, counts
                spent += drain
            self._last_hooks[before] = last
        return self._last_hooks[before]

    def _drains_from(self, number: int) -> list[Term]:
        """The drains from one sidecar on; of very many the rest in one."""
        start = self._starts[number] if self._starts else 0
        end = start + _MOST_TERMS
        if end >= len(self._drains):
            return self._drains[start:]
        why = f"{len(self._drains) - end} more sidecar drains"
        return [*self._drains[start:end], Term(why, between(*self._sums[end], why))]

    @cached_property
    def _sums(self) -> list[tuple[float, float]]:
        """What the drains from each on come to, at the least and at the most."""
        spans = [term.span for term in reversed(self._drains)]
        low, high = accumulate(span.low for span in spans), accumulate(span.high for span in spans)
        return [*zip(low, high, strict=True)][::-1]
