"""Repairs of rendered objects, made in the source files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from k8slint.lint.findings import Violation
from k8slint.lint.rendered.trace import RenderedResult, Tracer
from k8slint.lint.repairs import PlannedRepair
from k8slint.manifest.edit import plan
from k8slint.manifest.operations import Append, Keep, Move, Operation, Set
from k8slint.manifest.splice import Refused, apply
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.records import NamedTuple
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.release import Release
from k8slint.render.written import SourcePlace, counterpart, find_value
from k8slint.type_names import Any

# How far above a hook, or another mapping, its place in values is sought.
_NEAR = 3


class RenderedRepair(NamedTuple):
    """A repair that one rendering wants, with the operations on a file that make it."""

    look: RenderedResult
    repair: PlannedRepair
    file: str = ""
    document: Document | None = None
    operations: tuple[Operation, ...] = ()
    refused: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        """The identity of a repair that several renderings may want."""
        start = self.document.start if self.document else 0
        return self.file, start, repr(self.operations)


class SourceRepair(NamedTuple):
    """One repair of a file, with the wishes of all renderings that it meets."""

    file: str
    plan: PlannedRepair
    wishes: tuple[RenderedRepair, ...]

    @property
    def key(self) -> tuple[str, int, str]:
        return self.wishes[0].key


def find_rendered_repairs(
    tracer: Tracer, is_for: Callable[[Violation], bool], *, unsafe: bool
) -> Iterator[RenderedRepair]:
    """Yield the repairs for the chosen findings of a rendering."""
    look = tracer.look
    for repair in look.planner.plan(is_for, unsafe=unsafe):
        if repair.refused or not repair.found:
            yield RenderedRepair(look, repair, refused=repair.refused)
            continue
        try:
            yield _rewritten(tracer, repair)
        except Refused as reason:
            yield RenderedRepair(look, repair, refused=str(reason))


def _rewritten(tracer: Tracer, repair: PlannedRepair) -> RenderedRepair:
    """Turn a repair into operations on a source file; raises Refused."""
    found = repair.found[0]
    assert isinstance(found, Violation)
    top = root(found.document)
    is_chart = isinstance(tracer.look.recipe, Chart)
    change = _change_value if is_chart else _change
    made = [change(tracer, top, one) for one in repair.repair.operations]
    places = {place.value.document: place for place, _ in made}
    if len(places) != 1:
        first, *others = dict.fromkeys(tracer.files.name(one.file) for one in places.values())
        where = " and ".join([first, *others]) if others else f"several parts of {first}"
        raise Refused(f"its parts are written in {where}")
    (place,) = places.values()
    document, operations = place.value.document, tuple(operation for _, operation in made)
    if place.within:  # The patch is a scalar, which is written anew.
        edits = [edit.shifted(-document.start) for edit in plan(document, operations).edits]
        text = apply(document.text, edits)
        before, after = document.start, document.start + len(document.text)
        whole = document.source.text[:before] + text + document.source.text[after:]
        document, operations = place.within.document, (Set(place.within.pointer, whole),)
    return RenderedRepair(tracer.look, repair, place.file, document, operations)


def _change_value(tracer: Tracer, top: Value, wanted: Operation) -> tuple[SourcePlace, Operation]:
    """Return an operation on the values of a chart: only an existing scalar is changed."""
    if not isinstance(wanted, Set) or wanted.key or not isinstance(wanted.value, (int, str)):
        raise Refused(_why_not_whole(tracer, top, wanted.pointer))
    value = find_value(top, wanted.pointer)
    places = tracer.places(value) if value.is_written else []
    if not places or not places[0].is_exact:
        raise Refused("no value of the chart is known to set it, and templates are not edited")
    (place,) = places
    if isinstance(recipe := tracer.look.recipe, Release) and recipe.is_of_words(place):
        name = tracer.files.name(place.file)
        raise Refused(f"it is a value of an environment in {name}, and others may read it")
    if str(wanted.value) == place.value.text:
        raise Refused("the chart's template formats the value, and templates are not edited")
    is_text = isinstance(place.value.scalar, str)
    new = str(wanted.value) if is_text else wanted.value
    return place, Set(place.value.pointer, new)


def _why_not_whole(tracer: Tracer, top: Value, pointer: Pointer) -> str:
    """Return why something that is no scalar is not changed in a chart."""
    for size in range(len(pointer), len(pointer) - _NEAR, -1):
        value = find_value(top, pointer[:size])
        if value.is_written and (places := tracer.places(value)):
            name = tracer.files.name(places[0].file)
            return f"it is a mapping or a list in {name}, and of values only scalars are edited"
    return "the value comes from a chart template, and templates are not edited"


def _change(tracer: Tracer, top: Value, wanted: Operation) -> tuple[SourcePlace, Operation]:
    """Return an operation on the files of a kustomization."""
    pointer = wanted.pointer
    value = find_value(top, pointer)
    exact = [] if isinstance(wanted, Append) else [p for p in tracer.places(value) if p.is_exact]
    above: Pointer = ()
    if len(exact) > 1:
        names = " and ".join(dict.fromkeys(tracer.files.name(one.file) for one in exact))
        raise Refused(f"it is written in several places: {names}")
    if exact:
        place = exact[0]
    elif value.node is not None and not isinstance(wanted, Append):
        raise Refused("it is generated by the build and written nowhere")
    else:
        place, above = _holder(tracer, top, pointer)
    written = (*place.value.pointer, *above)
    if isinstance(wanted, Set):
        new = _kept(wanted.value, place, top)
        is_text = isinstance(value.scalar, int) and isinstance(place.value.scalar, str)
        if exact and is_text and isinstance(new, int):  # A variable, which is always a text.
            new = str(new)
        return place, wanted._replace(pointer=written, value=new)
    if isinstance(wanted, Move):
        return place, wanted._replace(pointer=written, to=_pointer_in(place, top, wanted.to))
    return place, wanted._replace(pointer=written)


def _holder(tracer: Tracer, top: Value, pointer: Pointer) -> tuple[SourcePlace, Pointer]:
    """Return the innermost place that contains an addition, and the rest of its pointer.

    Raises Refused.
    """
    for size in range(len(pointer), 0, -1):
        value = find_value(top, pointer[:size])
        if value.is_written and (places := tracer.places(value)):
            return places[0], pointer[size:]
    raise Refused("the object is generated by the build and written nowhere")


def _kept(new: Any, place: SourcePlace, top: Value) -> Any:
    """Return the data of an operation, with kept values referring to their source."""
    if isinstance(new, Keep):
        return Keep(_pointer_in(place, top, new.pointer))
    if isinstance(new, dict):
        return {name: _kept(one, place, top) for name, one in new.items()}
    if isinstance(new, (list, tuple)):
        return type(new)(_kept(one, place, top) for one in new)
    return new


def _pointer_in(place: SourcePlace, top: Value, pointer: Pointer) -> Pointer:
    """Return the pointer in the written object for one in the rendered one; raises Refused."""
    if place.top is None:
        raise Refused("it is set by an operation of a JSON patch")
    return counterpart(place.top, top, pointer).pointer
