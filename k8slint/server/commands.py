"""What an editor can ask for by name: a timeline, the page of a rule, a rendering.

Each takes one object, and answers with one, or null; `docs/recipes/editors.md` has their shapes.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from k8slint.errors import UsageError
from k8slint.lint.rulebook import load_rules
from k8slint.picture.page import add_pictures
from k8slint.picture.svg import in_theme
from k8slint.picture.svg import render as render_svg
from k8slint.picture.terminal import render as render_text
from k8slint.picture.words import tone, verdict
from k8slint.report.page import markdown, url
from k8slint.server.editor import Editor, in_turn
from k8slint.server.pods import PodInText, pod_at
from k8slint.server.rendering import render_chart

TIMELINE, EXPLAIN, RENDER = "k8slint.timeline", "k8slint.explain", "k8slint.renderChart"


def draw_timeline(ls: Editor, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Draw the end of the pod at a position: `{uri, position?, theme?}`."""
    document = ls.documents.by_uri(str(asked.get("uri", "")))
    if document is None:
        return None
    text = document.text
    pods = pods_of(ls, document.path)
    line, character = _position(asked.get("position"))
    at = text.own_place(text.offset(types.Position(line, character)))
    chosen = pod_at(pods, at) or (pods[0] if pods else None)
    if chosen is None:
        return None
    scene = chosen.scene
    svg = render_svg([scene])
    theme = asked.get("theme")
    if theme in ("light", "dark"):
        svg = in_theme(svg, theme)
    start = text.position(chosen.pod.workload.value.head[0] + text.skipped)
    return {
        "title": scene.title,
        "verdict": verdict(scene) if scene.timeline else scene.missing,
        "tone": tone(scene),
        "line": start.line,
        "svg": svg,
        "text": render_text([scene], wrap=False),
    }


def explain_rule(ls: Editor, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the page of a rule: `{rule}`, its code or name."""
    try:
        rule = load_rules(ls.folders.overrides.rule_folders).find(str(asked.get("rule", "")))
    except UsageError:
        return None
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "markdown": markdown(add_pictures(rule)),
        "url": url(rule.code),
    }


async def render_asked(ls: Editor, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Render the chart or overlay that a file belongs to, and show what is found: `{uri}`."""
    path = ls.documents.path_of(str(asked.get("uri", "")))
    return await render_chart(ls, path) if path else None


def pods_of(ls: Editor, path: str) -> list[PodInText]:
    """Return the pods in a document that is open; none where it is not checked."""
    document = ls.documents.by_path(path)
    task = ls.task_of(path) if document else None
    if document is None or task is None:
        return []
    return [*ls.pods.of(task._replace(given=document.text.data))]


def _position(said: Any) -> tuple[int, int]:
    """Return line and character of a position; the first of all for anything else."""
    position = said if isinstance(said, dict) else {}
    line, character = (position.get(name, 0) for name in ("line", "character"))
    numbers = [one if isinstance(one, int) and one >= 0 else 0 for one in (line, character)]
    return numbers[0], numbers[1]


def register_commands(server: Editor) -> None:
    server.command(TIMELINE)(in_turn(draw_timeline))
    server.command(EXPLAIN)(in_turn(explain_rule))
    server.command(RENDER)(render_asked)
