"""The findings of all renderings, each reported once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.rendered.session import Session
from k8slint.lint.rendered.trace import RenderedResult
from k8slint.lint.scope import scope_for
from k8slint.lint.suppress import suppress_rendered
from k8slint.records import NamedTuple


class MergedFinding(NamedTuple):
    """A finding, with the renderings it is in and its number in each."""

    diagnosis: Diagnostic
    members: tuple[tuple[RenderedResult, int], ...] = ()


def merge_duplicates(session: Session, looks: Sequence[RenderedResult]) -> list[MergedFinding]:
    """Return the findings of all renderings, each once, with what suppresses them."""
    groups: dict[tuple[object, ...], list[tuple[RenderedResult, int, Diagnostic]]] = defaultdict(
        list
    )
    for look in looks:
        alike = Counter[tuple[object, ...]]()  # Two pods of one rendering are two findings.
        for number, one in enumerate([*look.traced, *look.unread]):
            key = one.as_read
            alike[key] += 1
            groups[*key, alike[key]].append((look, number, one))
    once = []
    inside = {session.files.name(file) for look in looks for file in look.recipe.files}
    for members in groups.values():
        look, _, first = members[0]
        if (
            first.at.path not in inside
        ):  # Nobody knows how it got there; better reported here than nowhere.
            at = session.files.source(look.recipe.at).somewhere(first.at.label)
            first = first._replace(at=at)
        task = session.tasks.get(first.at.path)
        if task and first.code in scope_for(task.settings).selection.codes:
            through = tuple(dict.fromkeys(look.recipe.name for look, _, _ in members))
            places = tuple((look, at) for look, at, _ in members if at < len(look.traced))
            once.append(MergedFinding(first._replace(through=through), places))
    told = _hidden(session, looks, once)
    for diagnosis, places in told:
        for look, number in places:
            found = look.examined.found
            found[number] = found[number]._replace(suppressed=diagnosis.suppressed)
    return sorted(told, key=lambda one: one.diagnosis.order)


def _hidden(
    session: Session, looks: Sequence[RenderedResult], told: Sequence[MergedFinding]
) -> list[MergedFinding]:
    """Return the findings, with those marked that comments or the baseline suppress."""
    found = [one.diagnosis for one in told]
    more: list[Diagnostic] = []
    for path in sorted({file for look in looks for file in look.recipe.files}):
        source = session.files.source(path)
        task = session.tasks.get(source.name)
        if task and "k8slint" in source.text:
            hides, today = session.mode.hides, session.mode.today
            scope = scope_for(task.settings)._replace(hides=hides, today=today)
            documents = session.files.documents(path)
            found, remarks = suppress_rendered(found, source, documents, scope)
            more += remarks
    known = [one.known for one in session.tasks.values() if one.known]
    if known:
        found, more = _known(session, found), _known(session, more)
    return [
        *map(MergedFinding, found, (members for _, members in told)),
        *map(MergedFinding, more),
    ]


def _known(session: Session, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the findings, with those marked that are in the baseline."""
    by_path: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        by_path[one.at.path].append(number)
    marked = [*found]
    for path, numbers in by_path.items():
        if known := session.tasks[path].known:
            hidden_here = known.mark(found[number] for number in numbers)
            for number, one in zip(numbers, hidden_here, strict=True):
                marked[number] = one
    return marked
