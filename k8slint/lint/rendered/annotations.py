"""Annotations that hide findings of something rendered, written where its objects are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from k8slint.lint.add_ignores import annotate, object_of
from k8slint.lint.findings import Violation
from k8slint.lint.rendered.agree import find_disagreement
from k8slint.lint.rendered.findings import MergedFinding
from k8slint.lint.rendered.objects import LATER, STUCK, WrittenObjects
from k8slint.lint.rendered.rewrite import RenderedRepair, SourceRepair
from k8slint.lint.rendered.session import Session
from k8slint.lint.rendered.trace import RenderedResult
from k8slint.lint.repairs import PlannedRepair
from k8slint.manifest.edit import Plan, plan
from k8slint.manifest.operations import Set
from k8slint.manifest.pyyaml import Node
from k8slint.manifest.splice import Refused
from k8slint.manifest.template_lines import plan_lines
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value, root
from k8slint.render.written import parsed
from k8slint.shutdown.repair import Repair
from k8slint.type_names import TypeAlias

_Found: TypeAlias = dict[RenderedResult, list[Violation]]
_Made: TypeAlias = Mapping[tuple[str, Node | None], Sequence[tuple[RenderedResult, Document]]]


def find_annotations(
    session: Session, looks: Sequence[RenderedResult], told: Iterable[MergedFinding]
) -> Iterator[SourceRepair]:
    """Yield the annotations for the findings that nothing hides, one repair for each object.

    An object has one for all renderings with it. A finding without a place for one is refused.
    """
    written = WrittenObjects(session.files, session.place)
    objects: dict[tuple[str, Node | None], tuple[Value, _Found]] = {}
    for one in told:
        for look, number in one.members if not one.diagnosis.suppressed else ():
            found = look.examined.found[number]
            try:
                file, own = _own_object(look, found, written)
            except Refused as reason:
                yield _refused(look, found, str(reason))
                continue
            _, by_look = objects.setdefault((file, own.node), (own, defaultdict(list)))
            by_look[look].append(found)
    made = _made_of(looks, [(file, own) for (file, _), (own, _) in objects.items()], written)
    for (file, node), (own, by_look) in objects.items():
        yield _planned(session, looks, file, own, by_look, made[file, node])


def why_unannotated(
    session: Session, looks: Sequence[RenderedResult], told: Iterable[MergedFinding]
) -> dict[tuple[RenderedResult, object], str]:
    """Return why findings of renderings get no annotation, by their keys in each."""
    every = [*find_annotations(session, looks, told)]
    reasons = [one.plan.refused or session.left_out.get(one.key, "") for one in every]
    later = STUCK if all(reasons) else LATER  # Only what is written now makes room for more.
    return {
        (wish.look, found.key): later if reason in ("", LATER) else reason
        for one, reason in zip(every, reasons, strict=True)
        for wish in one.wishes
        for found in wish.repair.found
    }


def _own_object(
    look: RenderedResult, found: Violation, written: WrittenObjects
) -> tuple[str, Value]:
    """Return the object that a finding is about, as written in its file; raises Refused."""
    if object_of(found).pointer:
        raise Refused("it is not part of an object that could have an annotation")
    return written.find(look, found.document)


def _made_of(
    looks: Sequence[RenderedResult], some: Sequence[tuple[str, Value]], written: WrittenObjects
) -> _Made:
    """Return what is rendered from some objects, findings or not."""
    made: dict[tuple[str, Node | None], list[tuple[RenderedResult, Document]]] = defaultdict(list)
    for look in looks:
        kinds = {own.get("kind").text for file, own in some if file in look.recipe.files}
        for document in parsed(look.source) if kinds else ():
            if root(document).get("kind").text not in kinds:
                continue
            with suppress(Refused):
                file, own = written.find(look, document)
                made[file, own.node].append((look, document))
    return made


def _planned(
    session: Session,
    looks: Sequence[RenderedResult],
    file: str,
    own: Value,
    by_look: _Found,
    made_of: Sequence[tuple[RenderedResult, Document]],
) -> SourceRepair:
    found = tuple(one for some in by_look.values() for one in some)
    operations: list[Set] = []
    try:
        operations = annotate(own, found, session.mode.reason)
        wishes = tuple(
            RenderedRepair(
                look,
                _in_rendered(document, own, operations, by_look.get(look, ())),
                file,
                own.document,
                tuple(operations),
            )
            for look, document in made_of
        )
        repair = Repair((), tuple(operations), "add an annotation", "")
        one = SourceRepair(
            file, PlannedRepair(repair, found, _plan(own.document, operations)), wishes
        )
        if reason := find_disagreement(session, looks, one) or _why_unseen(session, file):
            raise Refused(reason)  # noqa: TRY301
    except Refused as reason:
        return _all_refused(file, by_look, str(reason))
    return one


def _why_unseen(session: Session, file: str) -> str:
    """Return why nothing would be reported on a changed file, if so: it is excluded."""
    name = session.files.name(file)
    return "" if name in session.tasks else f"{name} is not among the files of this call"


def _plan(document: Document, operations: Sequence[Set]) -> Plan:
    """Return the annotations in the file of an object; raises Refused."""
    return (
        plan(document, operations)
        if document.template is None
        else plan_lines(document, operations)
    )


def _in_rendered(
    document: Document, own: Value, operations: Iterable[Set], found: Iterable[Violation]
) -> PlannedRepair:
    """Return the same annotations in what is rendered from an object; raises Refused."""
    top, outer = root(document), len(own.pointer)
    here = tuple(one for one in found if one.document.start == document.start)
    there = tuple(one._replace(pointer=(*top.pointer, *one.pointer[outer:])) for one in operations)
    repair = Repair((), there, "add an annotation", "")
    return PlannedRepair(repair, here, plan(document, there))


def _refused(look: RenderedResult, found: Violation, reason: str) -> SourceRepair:
    return _all_refused("", {look: [found]}, reason)


def _all_refused(file: str, by_look: _Found, reason: str) -> SourceRepair:
    """Return what is not written, with the findings that it would have been for."""
    repair = Repair((), (), "add an annotation", "")
    wishes = tuple(
        RenderedRepair(look, PlannedRepair(repair, tuple(some), None, reason), refused=reason)
        for look, some in by_look.items()
    )
    found = tuple(one for some in by_look.values() for one in some)
    return SourceRepair(file, PlannedRepair(repair, found, None, reason), wishes)
