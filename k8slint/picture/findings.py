"""The findings of a run as one HTML page, each beside how its pod shuts down."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TypeAlias

from k8slint.lint.diagnosis import Diagnostic, apply_edits
from k8slint.lint.diff import unified_diff
from k8slint.lint.identity import Resource
from k8slint.lint.rendered.secrets import redact_diff
from k8slint.lint.reports import Report
from k8slint.lint.rule import Severity
from k8slint.lint.task import RunOptions
from k8slint.outside.terminal import LONGEST_NAME, clipped, printable
from k8slint.picture.scene import Scene
from k8slint.picture.sheet import (
    NONE,
    Filter,
    filter_form,
    folder_filter,
    html_page,
    page_legend,
    pod_names,
    pod_picture,
    switch,
)
from k8slint.picture.svg import svg_element, svg_text
from k8slint.picture.words import tone, verdict
from k8slint.records import NamedTuple
from k8slint.report.coverage import portions_in, sentences
from k8slint.report.coverage import reasons as reasons_unread
from k8slint.report.page import url
from k8slint.report.summary import counts, skipped
from k8slint.report.text import beyond_excerpt, excerpt, how_to_fix

FileLines: TypeAlias = Mapping[str, Sequence[str]]

_TITLE = "What goes wrong when pods shut down"
_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_ORDERS = {"severity": "severity", "short": "seconds missing", "path": "path"}
# Columns of source lines, which are as wide as the page.
_COLUMNS = 108
_HUNK = re.compile(r"(?m)^@@ .* @@\n")
# A repair over more than that is not shown: comparing it takes too long.
_MOST_LINES = 500
_MOST_CHARACTERS = 50_000


class Card(NamedTuple):
    """What is found in one pod, or in one object or file that is not drawn."""

    path: str
    resource: Resource | None
    scene: Scene | None = None
    found: tuple[Diagnostic, ...] = ()

    @property
    def title(self) -> str:
        if self.scene:
            return self.scene.title
        return str(self.resource) if self.resource else self.path

    @property
    def namespace(self) -> str:
        return (self.resource.namespace if self.resource else "") or NONE

    @property
    def short_by(self) -> int:
        return max(0, self.scene.short_by) if self.scene else 0


def render(report: Report, scenes: Sequence[Scene] = (), texts: FileLines | None = None) -> str:
    """Return a page with the findings of a run and the timelines of its pods.

    `texts` are the lines of files whose repairs are shown.
    """
    cards = cards_of(report.diagnoses, scenes)
    return html_page(_TITLE, *_body(report, cards, scenes, texts or {}))


def cards_of(found: Iterable[Diagnostic], scenes: Sequence[Scene]) -> list[Card]:
    """Return findings by their pods, those of a file in the order of the file; pods without any.

    What is about no pod that is drawn comes after the pods of its file.
    """
    drawn = _DrawnPods(scenes)
    about: dict[tuple[str, int, Resource | None], list[Diagnostic]] = defaultdict(list)
    for one in found:
        resource = one.resource._replace(container="").bounded() if one.resource else None
        about[(one.at.path, drawn.number_of(one, resource), resource)].append(one)
    cards = [
        Card(path, scene.resource, scene, tuple(about.pop((path, number, scene.resource), ())))
        for path, of_file in drawn.by_path.items()
        for number, scene in enumerate(of_file)
    ]
    for (path, _, resource), rest in about.items():
        cards.append(Card(path, resource, None, tuple(rest)))
    return sorted(cards, key=lambda card: card.path)


class _DrawnPods:
    """The pods of each file in their order, and the lines and numbers of those of an object."""

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self.by_path: dict[str, list[Scene]] = defaultdict(list)
        self._of_object: dict[tuple[str, Resource], list[tuple[int, int]]] = defaultdict(list)
        for scene in scenes:
            of_file = self.by_path[scene.path]
            self._of_object[(scene.path, scene.resource)].append((scene.line, len(of_file)))
            of_file.append(scene)

    def number_of(self, one: Diagnostic, resource: Resource | None) -> int:
        """Return which pod of its file a finding is about, -1 if none that is drawn."""
        places = self._of_object.get((one.at.path, resource)) if resource else None
        if not places:
            return -1
        of_file = self.by_path[one.at.path]
        if (
            one.pod is not None
            and one.pod < len(of_file)
            and of_file[one.pod].resource == resource
        ):
            return one.pod
        # Several objects of one name: it is about the last that begins above it.
        return places[max(0, bisect_right(places, (one.at.line, len(of_file))) - 1)][1]


def _body(
    report: Report,
    cards: Sequence[Card],
    scenes: Sequence[Scene],
    texts: FileLines,
) -> Iterator[str]:
    yield _head(report)
    quiet = sum(not card.found for card in cards)
    yield filter_form(
        _filters(cards),
        _ORDERS,
        switch("short", "too little grace only"),
        *([switch("quiet", f"pods without findings ({quiet})")] if quiet else ()),
        unit="findings",
    )
    articles = (_article(card, texts) for card in cards)
    nothing = svg_element("p", "Nothing matches.", id="none", hidden="hidden")
    yield svg_element(
        "main",
        svg_element("div", *articles, id="cards"),
        nothing,
        *_suppressed(report.suppressed),
        *page_legend(scenes),
    )


def _head(report: Report) -> str:
    said = counts(report, RunOptions(fix=bool(report.fixed)))
    problems = [f"{path}: {why}" for path, why in report.problems]
    unread = [
        *skipped(report.files, verbose=False),
        *reasons_unread(report.files),
        *sentences(portions_in(report.files)),
    ]
    return svg_element(
        "header",
        svg_element("h1", _TITLE),
        svg_element("p", svg_text(said)),
        *(_lines(problems, "problems") if problems else ()),
        *(_lines(unread, "unread") if unread else ()),
    )


def _lines(lines: Sequence[str], style: str) -> Iterator[str]:
    items = (svg_element("li", svg_text(clipped(line))) for line in lines)
    yield svg_element("ul", *items, class_=style)


def _filters(cards: Sequence[Card]) -> Iterator[Filter]:
    found = [(card, one) for card in cards for one in card.found]
    levels = Counter(str(one.severity) for _, one in found)
    shown = {str(level): levels[str(level)] for level in _LEVELS if levels[str(level)]}
    yield Filter("severity", "Severity", shown, is_sorted=False)
    yield Filter("rule", "Rule", Counter(one.code for _, one in found))
    yield folder_filter(card.path for card, _ in found)
    yield Filter("namespace", "Namespace", Counter(card.namespace for card, _ in found))
    owners = Counter(owner for _, one in found for owner in one.owners or (NONE,))
    yield Filter("owner", "Owner", owners)


def _article(card: Card, texts: FileLines) -> str:
    scene = card.scene
    title = svg_element("h2", svg_text(card.title))
    badge, picture = "", []
    place = card.path
    if scene:
        place = f"{scene.grace}, {scene.path}:{scene.line}"
        picture = [svg_element("p", svg_text(scene.missing))]
        if scene.timeline:
            badge = svg_element("p", svg_text(verdict(scene)), class_=f"verdict {tone(scene)}")
            picture = [*pod_picture(scene, scene.timeline)]
    items = [_item(one, texts) for one in sorted(card.found, key=lambda one: -one.severity)]
    names = pod_names(scene) if scene else [card.title, card.path]
    return svg_element(
        "article",
        svg_element("header", title, badge),
        svg_element("p", svg_text(place), class_="place"),
        *([svg_element("ol", *items, class_="findings")] if items else ()),
        *picture,
        data_search=" ".join(names).lower(),
        data_path=card.path,
        data_namespace=card.namespace,
        data_level=max((int(one.severity) for one in card.found), default=-1),
        **({"data_short": str(card.short_by)} if card.short_by else {}),
    )


def _item(one: Diagnostic, texts: FileLines) -> str:
    """Return a finding: what happens, where, the lines, and what repairs it."""
    return svg_element(
        "li",
        _heading(one),
        svg_element("p", _exact(one.sentence), class_="message"),
        _place(one),
        *_excerpt(one),
        *_elsewhere(one),
        *_help(one, texts),
        class_="finding",
        data_severity=str(one.severity),
        data_rule=one.code,
        data_owners=" ".join(one.owners) or NONE,
    )


def _heading(one: Diagnostic) -> str:
    level = svg_element("span", str(one.severity), class_=f"level {one.severity}")
    return svg_element("h3", level, " ", _rule(one), " ", svg_text(one.name))


def _rule(one: Diagnostic) -> str:
    page = url(one.code)
    return svg_element("a", one.code, href=page, rel="noreferrer") if page else svg_text(one.code)


def _place(one: Diagnostic) -> str:
    container = one.resource.bounded().container if one.resource else ""
    place = svg_element("code", _exact(one.at.place))
    said = svg_text(f", container {container}") if container else ""
    said += svg_text(f", owned by {' '.join(one.owners)}") if one.owners else ""
    return svg_element("p", place, said, class_="place")


def _excerpt(one: Diagnostic) -> Iterator[str]:
    lines = [
        f"{svg_element('span', f'{line.number} ', class_='number')}"
        f"{_source(line.text)}{_mark(line.mark, line.role)}"
        for line in excerpt(one, _COLUMNS)
        if line.text or line.mark or not line.number.isspace()
    ]
    if lines:
        yield svg_element("pre", "\n".join(lines), class_="scroll")


def _source(text: str) -> str:
    return "\t".join(_exact(part) for part in text.split("\t"))


def _mark(text: str, role: str) -> str:
    return svg_element("span", _exact(text), class_=role) if text else ""


def _elsewhere(one: Diagnostic) -> Iterator[str]:
    """Yield the other places that a finding is about."""
    for place in beyond_excerpt(one):
        where = svg_element("code", _exact(place.place))
        yield svg_element("p", svg_text(f"{place.label}: "), where, class_="place")


def _help(one: Diagnostic, texts: FileLines) -> Iterator[str]:
    if one.fix:
        yield svg_element("p", svg_element("b", "Fix: "), svg_text(how_to_fix(one.fix)))
        if lines := _changed_lines(one, texts):
            painted = (svg_element("span", _exact(line), class_=_role(line)) for line in lines)
            yield svg_element("pre", "\n".join(painted), class_="diff")
    elif one.unfixed:
        yield svg_element("p", svg_element("b", "No fix: "), svg_text(one.unfixed))


def _changed_lines(one: Diagnostic, texts: FileLines) -> list[str]:
    """Return the lines that a repair deletes and adds, nothing around them.

    Of what is rendered only the words that differ are shown: a line of values may hold a secret.
    """
    edits = one.fix.edits if one.fix else ()
    if not edits or one.at.path not in texts:
        return []
    above, end = edits[0].line - 1, edits[-1].end_line
    if end - above > _MOST_LINES:
        return []
    old = "".join(f"{line}\n" for line in texts[one.at.path][above:end])
    if len(old) > _MOST_CHARACTERS:
        return []
    moved = [
        edit._replace(line=edit.line - above, end_line=edit.end_line - above) for edit in edits
    ]
    new = apply_edits(old, moved)
    patch = redact_diff("", old, new) if one.through else unified_diff("", old, new, context=0)
    lines = _HUNK.sub("", patch).split("\n")[2:-1]
    return [clipped(printable(line.rstrip("\r")), LONGEST_NAME) for line in lines]


def _role(line: str) -> str:
    return {"-": "removed", "+": "added"}.get(line[:1], "")


def _suppressed(found: Sequence[Diagnostic]) -> Iterator[str]:
    if not found:
        return
    items = (
        svg_element(
            "li",
            _heading(one),
            svg_element("p", _exact(one.sentence), class_="message"),
            _place(one),
            svg_element("p", svg_text(_hidden_by(one)), class_="place"),
        )
        for one in found
    )
    number = f"{len(found)} suppressed finding{'s' * (len(found) != 1)}"
    listed = svg_element("ol", *items, class_="findings")
    yield svg_element("details", svg_element("summary", number), listed, class_="suppressed")


def _hidden_by(one: Diagnostic) -> str:
    hides = one.suppressed
    assert hides
    line = f" in line {hides.line}" if hides.line else ""
    return f"hidden by a {hides.by}{line}{f': {hides.reason}' if hides.reason else ''}"


def _exact(text: str) -> str:
    """Escape a text in which blanks stay as they are."""
    return escape(printable(text), quote=False)
