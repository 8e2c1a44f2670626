"""What an editor shows beside the text: hovers, code lenses and inlay hints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from k8slint.kubernetes.workload import Container
from k8slint.lint.scope import scope_for
from k8slint.manifest.values import Value
from k8slint.outside.terminal import printable
from k8slint.picture.facts import facts_of, facts_text
from k8slint.picture.scene import BudgetTerm
from k8slint.picture.terminal import render as draw
from k8slint.picture.words import needs_sentence, verdict
from k8slint.server.commands import pods_of
from k8slint.server.configuration import hover_in_configuration, is_configuration
from k8slint.server.editor import Editor, in_turn
from k8slint.server.ignores import hover_on_ignore
from k8slint.server.pods import PodInText, hook_at, is_in, pod_at
from k8slint.server.positions import EditorText
from k8slint.shutdown.hook import hook_duration

# Keys of a container that are about how it ends.
_TELLING = ("name", "image", "command", "args", "lifecycle")
_OURS = "k8slint/"


def hover(ls: Editor, params: types.HoverParams) -> types.Hover | None:
    document = ls.documents.by_uri(params.text_document.uri)
    if document is None:
        return None
    text = document.text
    offset = text.offset(params.position)
    if is_configuration(document.path):
        said = hover_in_configuration(ls, text, params.position)
        return _hover(ls, said) if said else None
    if said := hover_on_ignore(ls, text, params.position):
        return _hover(ls, said)
    own = text.own_place(offset)
    chosen = pod_at(pods_of(ls, document.path), own)
    found = next(_explained_at(ls, chosen, own), None) if chosen else None
    if chosen is None or found is None:
        return None
    place, lines = found
    drawn = draw([chosen.scene], wrap=False)
    start, end = (one + text.skipped for one in place.span)
    return _hover(ls, fenced(f"{lines}\n\n{drawn}"), text.range_of(start, end))


def fenced(text: str) -> str:
    """Return text for Markdown that stays text, whatever a stranger has written in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"


def _hover(ls: Editor, said: str, at: types.Range | None = None) -> types.Hover:
    text = ls.client_capabilities.text_document
    formats = text.hover.content_format if text and text.hover else None
    kind = types.MarkupKind.Markdown
    if formats and kind not in formats:
        kind, said = types.MarkupKind.PlainText, re.sub(r"(?m)^`{3,}(?:text|yaml)?\n?", "", said)
    return types.Hover(types.MarkupContent(kind, said), at)


def _explained_at(ls: Editor, chosen: PodInText, offset: int) -> Iterator[tuple[Value, str]]:
    """Yield what there is to say at an offset, the nearest thing first, with its place."""
    grace = chosen.shutdown.grace.value
    if grace.is_written and is_in(offset, grace):
        yield grace, _about_grace(chosen)
    for name, value in _annotations(chosen):
        if is_in(offset, value) and name.startswith(_OURS):
            yield value, _about_grace(chosen)
    container = chosen.container_at(offset)
    if container:
        hook = hook_at(container, offset)
        if hook:
            takes = hook_duration(hook)
            yield hook.value, printable(f"{hook.event} takes {takes} s: {takes.why or 'written'}")
        telling = (container.value.get(name) for name in _TELLING)
        if any(is_in(offset, value) for value in telling):
            yield container.value.get("name"), _about_container(ls, chosen, container)
    head = chosen.pod.spec.head
    if chosen.pod.spec.key and head[0] <= offset <= head[1]:
        yield chosen.pod.spec, _about_grace(chosen)


def _annotations(chosen: PodInText) -> Iterator[tuple[str, Value]]:
    for owner in (chosen.pod.workload.metadata, chosen.pod.metadata):
        yield from owner.get("annotations").entries()


def _about_grace(chosen: PodInText) -> str:
    """Say the arithmetic, and where each number of it comes from."""
    scene = chosen.scene
    lines = [scene.grace, needs_sentence(scene)]
    lines += [f"  {_term(one)}" for one in scene.needed.entries]
    return "\n".join(map(printable, lines))


def _term(one: BudgetTerm) -> str:
    place = f" (line {one.line})" if one.line else ""
    why = f": {one.span.why}" if one.span.why else ""
    return f"{one.label} {one.span} s{place}{why}"


def _about_container(ls: Editor, chosen: PodInText, container: Container) -> str:
    task = ls.task_of(chosen.pod.spec.document.source.name)
    if task is None:
        return ""
    known = facts_of(chosen.pod.workload, scope_for(task.settings))
    own = [one for one in known if one.line == _line(container)]
    return facts_text(own).rstrip()


def _line(container: Container) -> int:
    line, _ = container.value.document.source.position(container.value.head[0])
    return line


def code_lenses(ls: Editor, params: types.CodeLensParams) -> list[types.CodeLens]:
    """How long each pod takes to stop, above it."""
    document = ls.documents.by_uri(params.text_document.uri)
    if document is None or not ls.wishes.code_lens:
        return []
    lenses = []
    for one in pods_of(ls, document.path):
        text = document.text
        several = len(one.pod.workload.pods) > 1
        place = (one.pod.spec.parent or one.pod.spec) if several else one.pod.workload.value
        start = text.position(place.head[0] + text.skipped)
        at = types.Position(start.line, 0)
        command = types.Command(
            _lens(one), ls.wishes.timeline_command, arguments=[document.uri, at]
        )
        lenses.append(types.CodeLens(types.Range(at, at), command))
    return lenses


def _lens(one: PodInText) -> str:
    timeline = one.scene.timeline
    if timeline is None:
        return printable(one.scene.grace)
    return printable(f"stops in {timeline.ends} s of {timeline.grace} s: {verdict(one.scene)}")


def inlay_hints(ls: Editor, params: types.InlayHintParams) -> list[types.InlayHint]:
    """What hooks take, and grace periods that are not written."""
    document = ls.documents.by_uri(params.text_document.uri)
    if document is None or not ls.wishes.inlay_hints:
        return []
    found = []
    for one in pods_of(ls, document.path):
        for value, label, tooltip in _hints(one):
            at = _behind(document.text, value)
            if params.range.start <= at <= params.range.end:
                hint = types.InlayHint(at, label, tooltip=tooltip, padding_left=True)
                found.append(hint)
    return found


def _hints(one: PodInText) -> Iterator[tuple[Value, str, str]]:
    """Yield a value with the hint after it, and what explains that."""
    grace = one.shutdown.grace
    if grace.is_default and grace.seconds is not None and one.pod.spec.key:
        why = "terminationGracePeriodSeconds is not written"
        yield one.pod.spec, f"{grace.seconds} s default", why
    for stop in one.shutdown.stops:
        hook = stop.hook
        if hook and hook.handlers != ("sleep",) and stop.hook_takes.is_known:
            why = printable(stop.hook_takes.why)
            yield hook.value, f"{stop.hook_takes} s", why


def _behind(text: EditorText, value: Value) -> types.Position:
    """Return the end of something on one line, and else of the line on which it begins."""
    is_flow = bool(getattr(value.node, "flow_style", True))
    if is_flow:
        return text.position(value.span[1] + text.skipped)
    line = text.position(value.head[0] + text.skipped).line
    start = text.offset(types.Position(line, 0))
    return text.position(start + len(text.line(line)))


def register_hover(server: Editor) -> None:
    server.feature(types.TEXT_DOCUMENT_HOVER)(in_turn(hover))
    server.feature(types.TEXT_DOCUMENT_CODE_LENS)(in_turn(code_lenses))
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(in_turn(inlay_hints))
