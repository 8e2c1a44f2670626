"""What an editor shows beside the text: hovers, lenses, hints and completion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.command import k8slint
from tests.server.client import Client
from tests.server.stories import LONG, codes, run_in

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    k8slint/drain: 20s
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        env:
        - {name: A, value: '```'}
        lifecycle:
          preStop:
            exec:
              command: [sh, -c, 'sleep 10; nginx -s quit; sleep 5']
      - name: other
        image: nginx:1.27
        lifecycle: {preStop: {sleep: {seconds: 7}}}
"""
GRACE = POD.replace("    spec:\n", "    spec:\n      terminationGracePeriodSeconds: 60\n")

# Where the cursor is, by words, and what the hover says.
HOVERS = {
    "a grace period": (
        GRACE,
        "terminationGracePeriodSeconds",
        ["grace period 60 s (line 12)", "margin 5"],
    ),
    "a grace period that is not written": (
        POD,
        "    spec:",
        ["grace period 30 s (default)", "preStop 15", "drain"],
    ),
    "a hook": (POD, "sleep 10", ["preStop takes 15 s: "]),
    "a native hook": (POD, "seconds: 7", ["preStop takes 7 s"]),
    "a container": (
        POD,
        "nginx:1.27",
        ["container     other (nginx:1.27)", "runs          nginx"],
    ),
    "an annotation": (POD, "k8slint/drain", ["grace period 30 s (default)", "20"]),
}
NOWHERE = ("name: A", "apiVersion", "matchLabels")


async def hovered(client: Client, uri: str, text: str, word: str) -> types.Hover | None:
    line = next(n for n, one in enumerate(text.splitlines()) if word in one)
    column = text.splitlines()[line].index(word) + len(word) - 1
    about = types.TextDocumentIdentifier(uri)
    params = types.HoverParams(about, types.Position(line, column))
    return await client.text_document_hover_async(params)


@pytest.mark.parametrize("case", HOVERS)
def test_a_hover_says_the_arithmetic_and_draws_the_timeline(tmp_path: Path, case: str) -> None:
    text, word, said = HOVERS[case]

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", text)
        hover = await hovered(client, uri, text, word)
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        shown = hover.contents.value
        assert shown.startswith("```text\n")
        assert shown.endswith("\n```")
        assert "```" not in shown[7:-4]
        for words in said:
            assert words in shown
        drawn = k8slint(tmp_path, "timeline", "-", stdin=text.encode()).text.splitlines()
        assert set(drawn[3:8]) <= {*shown.splitlines(), ""}
        for nothing in NOWHERE:
            assert await hovered(client, uri, text, nothing) is None

    run_in(tmp_path, {}, story)


def test_a_hover_is_text_for_an_editor_without_markdown(tmp_path: Path) -> None:
    plain = types.HoverClientCapabilities(content_format=[types.MarkupKind.PlainText])
    asked = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(hover=plain)
    )

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", POD)
        hover = await hovered(client, uri, POD, "sleep 10")
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.kind == "plaintext"
        assert hover.contents.value.startswith("preStop takes 15 s")

    run_in(tmp_path, {}, story, capabilities=asked)


async def lenses(client: Client, uri: str) -> list[Any]:
    about = types.CodeLensParams(types.TextDocumentIdentifier(uri))
    found = await client.text_document_code_lens_async(about)
    return [(one.range.start.line, one.command) for one in found or ()]


async def hints(client: Client, uri: str, lines: int = 1000) -> list[tuple[int, int, Any]]:
    at = types.Range(types.Position(0, 0), types.Position(lines, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), at)
    found = await client.text_document_inlay_hint_async(params)
    return [(one.position.line, one.position.character, one.label) for one in found or ()]


def test_lenses_and_hints_say_the_numbers(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        text = f"# first\n---\n{LONG}---\n{POD}"
        uri = client.open(tmp_path / "a.yaml", text)
        first, second = await lenses(client, uri)
        assert first[0] == 2
        assert first[1].title == "stops in 30 to 32 s of 30 s: 20 s short"
        assert (first[1].command, first[1].arguments[0]) == ("show", uri)
        assert second[0] == 11
        assert second[1].title == "stops in 15 to 30 s of 30 s: 10 s short"
        assert await hints(client, uri) == [
            (5, len("spec:"), "30 s default"),
            (21, len("    spec:"), "30 s default"),
            (28, len("          preStop:"), "15 s"),
        ]
        assert await hints(client, uri, 10) == [(5, len("spec:"), "30 s default")]
        client.change(uri, GRACE)
        assert [label for *_, label in await hints(client, uri)] == ["15 s"]
        client.change(uri, "kind: Pod\n  half: [")
        assert (await lenses(client, uri), await hints(client, uri)) == ([], [])

    run_in(tmp_path, {}, story, options={"timelineCommand": "show"})


def test_lenses_and_hints_can_be_switched_off(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", POD)
        assert (await lenses(client, uri), len(await hints(client, uri))) == ([], 2)
        settings = {"k8slint": {"codeLens": True, "inlayHints": False}}
        changed = types.DidChangeConfigurationParams(settings)
        client.workspace_did_change_configuration(changed)
        assert (len(await lenses(client, uri)), await hints(client, uri)) == (1, [])
        ((_, command),) = await lenses(client, uri)
        assert command.command == "show"

    run_in(tmp_path, {}, story, options={"codeLens": False, "timelineCommand": "show"})


async def completed(client: Client, uri: str, text: str, *, back: int = 0) -> list[Any]:
    """The labels that are offered at the end of a text."""
    client.change(uri, text)
    lines = text.split("\n")
    at = types.Position(len(lines) - 1, len(lines[-1]) - back)
    params = types.CompletionParams(types.TextDocumentIdentifier(uri), at)
    found = await client.text_document_completion_async(params)
    assert isinstance(found, types.CompletionList)
    return sorted(found.items, key=lambda one: one.sort_text or one.label)


# A configuration up to the cursor, with some of what is offered there, and some of what is not.
CONFIGURATIONS = {
    "": (["select", "fail-on", "drains"], ["severity"]),
    "sel": (["select"], []),
    "fail-on: ": (["error", "warning", "info"], ["select"]),
    "preview: ": (["true", "false"], []),
    "ignore: [GS1": (["GS101"], ["select"]),
    "ignore:\n- ": (["GS101"], ["select"]),
    "ignore:\n  - GS": (["GS101"], ["select"]),
    "rules:\n  ": (["GS101", "prestop-consumes-grace-period"], ["select"]),
    "rules:\n  GS101:\n    ": (["severity", "margin"], ["select", "GS101"]),
    "rules:\n  GS101:\n    severity: ": (["off", "error"], ["margin"]),
    "preview: true\nrules:\n  GS101: {severity: off}\n": (["select"], ["severity"]),
    "drains:\n- ": (["workload", "seconds"], ["select"]),
    "drains:\n- workload: web\n  ": (["seconds", "image"], ["select"]),
    "drains:\n  - workload: web\n    ": (["seconds"], ["select"]),
    "drains:\n- workload: web\n  seconds: 3\n": (["select"], ["seconds"]),
    "half: typed: [\n": (["select"], []),
}


def test_a_configuration_is_completed_and_explained_by_its_schema(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        uri = client.open(tmp_path / ".k8slint.yaml", "")
        for text, (wanted, others) in CONFIGURATIONS.items():
            labels = [one.label for one in await completed(client, uri, text)]
            assert [one for one in wanted if one not in labels] == [], text
            assert [one for one in others if one in labels] == [], text
        text = "fail-on: error\nselect: [GS101]\nrules:\n  GS102:\n    severity: off\n"
        client.change(uri, text)
        for word, said in (
            ("fail-on", "Default: `warning`"),
            ("GS101", "preStop"),
            ("severity", "off: the rule does not run"),
        ):
            hover = await hovered(client, uri, text, word)
            assert hover, word
            assert isinstance(hover.contents, types.MarkupContent)
            assert said in hover.contents.value
        assert await hovered(client, uri, text, ": error") is None

    run_in(tmp_path, {}, story)


def test_rules_are_completed_and_explained_where_findings_are_ignored(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        long = LONG.replace("40}}}", "29}}}")
        uri = client.open(tmp_path / "a.yaml", long)
        await client.until(lambda: codes(client, tmp_path / "a.yaml") == ["GS104"])
        for line in ("# k8slint: ignore[", "# k8slint: file-ignore[GS102, "):
            items = await completed(client, uri, f"{long}{line}")
            assert [one.label for one in items[:2]] == ["GS104", "GS001"]
        items = await completed(client, uri, 'metadata: {annotations: {"k8slint/ignore": "')
        assert "GS101" in [one.label for one in items]
        for line in ("", "# k8slint: ignore", "# k8slint: ignore[GS101] ", "ignore["):
            assert await completed(client, uri, f"{LONG}{line}") == []
        text = f"# k8slint: file-ignore[GS101] why\n{LONG}"
        client.change(uri, text)
        hover = await hovered(client, uri, text, "GS101")
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        assert "/rules/gs101/" in hover.contents.value
        assert await hovered(client, uri, text, "why") is None

    run_in(tmp_path, {}, story)
