"""What an editor offers about findings, and what it does to the text."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Sequence
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from yaml import safe_load

from k8slint.server.positions import EditorText
from tests.command import check, k8slint
from tests.manifests import ERROR, FIXED, INFO, WARNING
from tests.places import FIXTURES
from tests.server.client import Client, editor
from tests.server.stories import LONG, run_in

WHOLE = types.Range(types.Position(0, 0), types.Position(100_000, 0))
FIX_ALL = "source.fixAll.k8slint"
ENCODING = "utf-16"


async def offered(
    client: Client, uri: str, only: Sequence[str] | None = None, at: types.Range = WHOLE
) -> list[types.CodeAction]:
    context = types.CodeActionContext([], only=only)
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), at, context)
    found = await client.text_document_code_action_async(params)
    return [one for one in found or () if isinstance(one, types.CodeAction)]


def edits_in(action: types.CodeAction) -> list[Any]:
    assert action.edit
    if action.edit.document_changes:
        (change,) = action.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        return [*change.edits]
    assert action.edit.changes
    (edits,) = action.edit.changes.values()
    return [*edits]


def applied(text: str, edits: Iterable[Any]) -> str:
    """A text once edits of it are made, as an editor makes them."""
    for edit in sorted(edits, key=lambda one: one.range.start)[::-1]:
        text = EditorText(text, ENCODING).changed(edit.range, edit.new_text).text
    return text


def named(actions: Iterable[types.CodeAction], start: str) -> types.CodeAction:
    (found,) = (one for one in actions if one.title.startswith(start))
    return found


def test_all_that_is_safe_is_fixed_as_check_does(tmp_path: Path) -> None:
    assert_fixed_alike(tmp_path, [FIXTURES / "bad", FIXTURES / "demo"], least=7)


@pytest.mark.long
def test_all_that_is_safe_in_all_fixtures_is_fixed_as_check_does(tmp_path: Path) -> None:
    folders = [path for path in sorted(FIXTURES.iterdir()) if path.name != "rendered"]
    assert_fixed_alike(tmp_path, folders, least=60)


def test_all_that_is_safe_in_the_corpus_is_fixed_as_check_does(
    tmp_path: Path, corpus: Path
) -> None:
    assert_fixed_alike(tmp_path, [corpus], least=300, step=3)


def assert_fixed_alike(
    tmp_path: Path, folders: Iterable[Path], *, least: int, step: int = 1
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    roots = []
    for folder in folders:
        for copy in (before, after):
            shutil.copytree(folder, copy / folder.name, copy_function=shutil.copyfile)
        roots.append(before / folder.name)
        assert check(after, "--fix", str(after / folder.name)).code in (0, 1)
    files = sorted(path for path in before.rglob("*.y*ml") if path.is_file())[::step]
    wanted = {path: (after / path.relative_to(before)).read_bytes() for path in files}
    assert sum(path.read_bytes() != text for path, text in wanted.items()) >= (step == 1) * least
    assert len(files) >= least

    async def run() -> None:
        async with editor(*roots) as client:
            for path, fixed in wanted.items():
                text = path.read_bytes().decode("utf-8", "replace")
                if path.read_bytes() != text.encode():
                    continue
                uri = client.open(path, text)
                actions = await offered(client, uri, [FIX_ALL])
                assert [one.kind for one in actions] == [FIX_ALL] * (text.encode() != fixed)
                for action in actions:
                    assert applied(text, edits_in(action)).encode() == fixed, path
                client.close(uri)

    asyncio.run(run())


def test_a_safe_repair_is_preferred_and_removes_its_finding(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", ERROR)
        fix = named(await offered(client, uri), "GS001: ")
        assert (fix.kind, fix.is_preferred) == ("quickfix", True)
        assert [one.code for one in fix.diagnostics or ()] == ["GS001"]
        assert applied(ERROR, edits_in(fix)) == FIXED
        client.change(uri, FIXED)
        assert await offered(client, uri) == []
        client.change(uri, ERROR)
        kinds = {one.kind for one in await offered(client, uri)}
        assert kinds == {"quickfix", FIX_ALL}
        assert {one.kind for one in await offered(client, uri, ["source"])} == {FIX_ALL}
        assert {one.kind for one in await offered(client, uri, ["source.fixAll"])} == {FIX_ALL}
        assert await offered(client, uri, ["source.organizeImports"]) == []
        top = types.Range(types.Position(0, 0), types.Position(0, 0))
        assert await offered(client, uri, ["quickfix"], top) == []

    run_in(tmp_path, {}, story)


def test_an_unsafe_repair_says_what_could_go_wrong_and_is_not_preferred(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", WARNING)
        fix = named(await offered(client, uri), "GS106: ")
        assert fix.is_preferred is False
        assert "(unsafe: " in fix.title
        assert await offered(client, uri, [FIX_ALL]) == []
        (tmp_path / "a.yaml").write_text(WARNING)
        assert k8slint(tmp_path, "check", "--fix", "--unsafe-fixes", "a.yaml").code == 0
        assert applied(WARNING, edits_in(fix)) == (tmp_path / "a.yaml").read_text()

    run_in(tmp_path, {}, story)


POOL = """\
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: spot}
spec: {template: {spec: {terminationGracePeriod: 40s}}}
"""


def test_a_repair_names_what_is_found_once_it_is_made(tmp_path: Path) -> None:
    """A longer grace period may exceed what nodes grant."""

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", LONG)
        fix = named(await offered(client, uri), "GS001: ")
        assert fix.title.endswith(" (then GS603 is found)")
        assert fix.is_preferred is False
        client.change(uri, applied(LONG, edits_in(fix)))
        ignores = [one.title for one in await offered(client, uri)]
        assert ignores == ["Ignore GS603 here, with a reason"]

    run_in(tmp_path, {"pool.yaml": POOL}, story)


FLOW = LONG.replace(
    "lifecycle: {preStop: {sleep: {seconds: 40}}}",
    "lifecycle: {preStop: {sleep: {\n      seconds: 40}}}",
)
BLOCK = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: a
    lifecycle:
      preStop:
        exec:
          command:
          - sh
          - -c
          - |
            echo bye
            sleep 40
"""
IGNORED = {
    "at the end of its line": (INFO, "  # k8slint: ignore[GS104] reason"),
    "behind a byte order mark": ("\ufeff" + ERROR, "  # k8slint: ignore[GS001] reason"),
    "in the list that is there": (
        INFO.replace("seconds: 28", "seconds: 28 # k8slint: ignore[GS207] it is known"),
        ", GS104",
    ),
    "above a script": (BLOCK, None),
    "lines that end in CR and LF": (
        ERROR.replace("\n", "\r\n"),
        "  # k8slint: ignore[GS001] reason",
    ),
    "emoji before it": (
        FLOW.replace("image: a", 'image: "🦊"'),
        "  # k8slint: ignore[GS001] reason",
    ),
}


@pytest.mark.parametrize("case", IGNORED)
def test_ignoring_a_finding_hides_it_and_nothing_else(tmp_path: Path, case: str) -> None:
    text, written = IGNORED[case]

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", text)
        actions = await offered(client, uri)
        ignores = [one for one in actions if one.title.startswith("Ignore ")]
        assert ignores
        for ignore in ignores:
            assert ignore.is_preferred is False
            (edit,) = edits_in(ignore)
            code = ignore.title.split()[1]
            if written:
                assert edit.new_text == written
            hidden = applied(text, [edit])
            (tmp_path / "b.yaml").write_bytes(hidden.encode())
            (tmp_path / "c.yaml").write_bytes(text.encode())
            codes = [
                [one["code"] for one in ran.data["findings"] if not one["suppressed"]]
                for ran in (
                    check(tmp_path, name, "--output-format", "json")
                    for name in ("c.yaml", "b.yaml")
                )
            ]
            codes[0].remove(code)
            assert codes[0] == codes[1]

    run_in(tmp_path, {".k8slint.yaml": ""}, story)


def test_a_reason_is_to_be_filled_in_where_an_editor_can(tmp_path: Path) -> None:
    asked = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(
                document_changes=True, snippet_edit_support=True
            )
        )
    )

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.yaml", ERROR)
        ignore = named(await offered(client, uri), "Ignore GS001")
        (edit,) = edits_in(ignore)
        assert edit.snippet.value == "  # k8slint: ignore[GS001] ${1:reason}"
        assert ignore.edit
        (change,) = ignore.edit.document_changes or ()
        assert isinstance(change, types.TextDocumentEdit)
        assert (change.text_document.uri, change.text_document.version) == (uri, 1)

    run_in(tmp_path, {}, story, capabilities=asked)


def test_nothing_is_offered_where_it_would_not_help(tmp_path: Path) -> None:
    """JSON has no comments, and what is half typed or not checked has no repairs."""
    json = dumps(safe_load(ERROR))

    async def story(client: Client) -> None:
        uri = client.open(tmp_path / "a.json", json, language="json")
        titles = [one.title for one in await offered(client, uri)]
        assert [title.partition(":")[0] for title in titles] == ["GS001", "k8slint"]
        uri = client.open(tmp_path / "b.yaml", ERROR.replace("metadata:", "metadata"))
        assert await offered(client, uri) == []
        uri = client.open(tmp_path / "c.txt", ERROR)
        assert await offered(client, uri) == []
        uri = client.open(tmp_path / "long.yaml", f"{ERROR}# {'x' * 5_000_000}\n")
        assert await offered(client, uri) == []
        client.close(uri)
        uri = client.open(tmp_path / "d.yaml", ERROR)
        assert await offered(client, uri)
        (tmp_path / ".k8slint.yaml").write_text("unheard-of: 1\n")
        client.changed_on_disk(tmp_path / ".k8slint.yaml")
        assert await offered(client, uri) == []

    run_in(tmp_path, {}, story)
