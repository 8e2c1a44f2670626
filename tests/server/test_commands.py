"""What an editor asks for by name."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.command import check, k8slint, make
from tests.manifests import WEB
from tests.places import FIXTURES
from tests.server.client import PATIENCE, Client, editor
from tests.server.stories import LONG, codes, run_in

CANCELLED = -32800
TWO = f"{WEB}---\n{LONG}"


async def ask(client: Client, command: str, asked: Any) -> Any:
    """Run a command with one object; what it answers."""
    params = types.ExecuteCommandParams(command, [asked])
    return await asyncio.wait_for(client.workspace_execute_command_async(params), PATIENCE)


def field(answer: Any, name: str) -> Any:
    return answer[name] if isinstance(answer, dict) else getattr(answer, name)


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_the_timeline_is_that_of_the_pod_at_the_cursor(tmp_path: Path, bom: str) -> None:
    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", bom + TWO)
        for line, title in ((0, "Deployment web"), (10, "Deployment web"), (19, "Pod a")):
            asked = {"uri": uri, "position": {"line": line, "character": 3}, "theme": "dark"}
            answer = await ask(client, "k8slint.timeline", asked)
            assert field(answer, "title") == title
            svg = field(answer, "svg")
            ET.fromstring(svg)
            assert "@media all" in svg
            assert "color-scheme: dark" in svg
        assert (field(answer, "verdict"), field(answer, "line")) == ("20 s short", 12)
        assert field(answer, "tone") == "short"
        drawn = k8slint(tmp_path, "timeline", "-", stdin=LONG.encode()).text.splitlines()
        assert drawn[3:] == field(answer, "text").splitlines()[3:]
        light = await ask(client, "k8slint.timeline", {"uri": uri, "theme": "light"})
        assert "@media not all" in field(light, "svg")
        plain = await ask(client, "k8slint.timeline", {"uri": uri})
        assert "prefers-color-scheme" in field(plain, "svg")
        other = client.open(tmp_path / "b.yaml", "kind: ConfigMap\n")
        for nothing in ({"uri": other}, {"uri": "untitled:x"}, {}, {"uri": uri + "x"}):
            assert await ask(client, "k8slint.timeline", nothing) is None

    run_in(tmp_path, {}, story)


def test_a_rule_is_explained_as_on_the_command_line(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        answer = await ask(client, "k8slint.explain", {"rule": "GS101"})
        page = k8slint(tmp_path, "explain", "GS101", "--output-format", "markdown").text
        assert field(answer, "markdown") == page
        assert field(answer, "url").endswith("/rules/gs101/")
        assert await ask(client, "k8slint.explain", {"rule": "GS999"}) is None

    run_in(tmp_path, {}, story)


CHART = FIXTURES / "rendered" / "helm-literals-in-template"
SLOW = """\
#!/bin/sh
touch "$0.started"
exec sleep 60
"""


def test_a_chart_is_rendered_when_it_is_asked_for(
    tmp_path: Path, need: Callable[[str], str]
) -> None:
    need("helm")
    chart = tmp_path / "shop"
    shutil.copytree(CHART, chart)
    ran = check(tmp_path, "--render", str(chart), "--output-format", "json")
    wanted = sorted((one["path"], one["code"]) for one in ran.data["findings"])
    assert any("templates" in path for path, _ in wanted)
    template = Path(next(path for path, _ in wanted if "templates" in path))

    async def story(client: Client) -> None:
        uri = client.open(template, template.read_text())
        await asyncio.sleep(0.5)
        before = {path: codes(client, Path(path)) for path in client.shown}
        answer = await ask(client, "k8slint.renderChart", {"uri": uri})
        assert (field(answer, "findings"), field(answer, "problems")) == (len(wanted), [])
        shown = [(path, one.code) for path, some in client.shown.items() for one in some]
        assert sorted(shown) == wanted
        client.change(uri, "\n", types.Range(types.Position(0, 0), types.Position(0, 0)))
        await client.until(lambda: codes(client, template) == before.get(str(template), []))

    run_in(tmp_path, {}, story)


def test_a_rendering_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its progress bar and by its request; what it had started is ended."""
    make(tmp_path, {"repo/Chart.yaml": "name: x\nversion: 1.0.0\napiVersion: v2\n"})
    make(tmp_path, {"bin/helm": SLOW, "repo/templates/a.yaml": LONG})
    (tmp_path / "bin" / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    started = tmp_path / "bin" / "helm.started"

    async def until_started() -> None:
        while not started.exists():
            await asyncio.sleep(0.02)
        started.unlink()

    async def run() -> None:
        bars = types.WindowClientCapabilities(work_done_progress=True)
        async with editor(
            tmp_path / "repo", capabilities=types.ClientCapabilities(window=bars)
        ) as client:
            uri = (tmp_path / "repo" / "templates" / "a.yaml").as_uri()
            asking = asyncio.create_task(ask(client, "k8slint.renderChart", {"uri": uri}))
            await asyncio.wait_for(until_started(), PATIENCE)
            (token,) = client.tokens
            client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
            assert field(await asking, "problems") == ["cancelled"]
            params = types.ExecuteCommandParams("k8slint.renderChart", [{"uri": uri}])
            asked = client.protocol.send_request_async(
                types.WORKSPACE_EXECUTE_COMMAND, params, msg_id="rendering"
            )
            await asyncio.wait_for(until_started(), PATIENCE)
            cancel(client, "rendering")
            with pytest.raises(JsonRpcException, match="is canceled"):
                await asyncio.wait_for(asked, PATIENCE)
            # The bar goes once the program has ended, of which each run has one.
            while client.bars.count("end") < 2:
                await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(run(), 3 * PATIENCE))


def cancel(client: Client, request: str) -> None:
    client.cancel_request(types.CancelParams(request))


def test_a_request_that_is_cancelled_before_it_begins_is_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8slint.server.editor._HEARING", 0.05)  # On a busy machine as well.

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", LONG)
        about = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        asked = [
            client.protocol.send_request_async(
                types.TEXT_DOCUMENT_CODE_LENS, about, msg_id=f"lens-{number}"
            )
            for number in range(40)
        ]
        await asyncio.sleep(0)
        for number in range(1, 40):
            cancel(client, f"lens-{number}")
        first, *others = await asyncio.wait_for(
            asyncio.gather(*asked, return_exceptions=True), PATIENCE
        )
        assert not isinstance(first, BaseException)
        assert len(first) == 1
        # Some may have begun before they were cancelled, and the last has not.
        codes = [getattr(one, "code", None) for one in others]
        assert {*codes} <= {None, CANCELLED}
        assert codes[-1] == CANCELLED

    run_in(tmp_path, {}, story)


@pytest.mark.parametrize("arguments", [None, [], ["x"], [{}, {}]])
def test_a_command_takes_one_object(tmp_path: Path, arguments: Any) -> None:
    async def story(client: Client) -> None:
        params = types.ExecuteCommandParams("k8slint.explain", arguments)
        with pytest.raises(JsonRpcException, match=r"k8slint\.explain takes one object"):
            await client.workspace_execute_command_async(params)

    run_in(tmp_path, {}, story)


def test_what_belongs_to_no_chart_is_not_rendered(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", LONG)
        answer = await ask(client, "k8slint.renderChart", {"uri": uri})
        assert field(answer, "problems") == ["no Chart.yaml and no kustomization above this file"]

    run_in(tmp_path, {}, story)
