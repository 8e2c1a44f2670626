"""What an editor shows is what `check` prints, whatever is open and however it got there."""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.cli.test_measured import NAMED, drains
from tests.cli.test_measured import WEB as APP
from tests.command import check, contents, make
from tests.manifests import SERVICE, WEB
from tests.places import FIXTURES, ROOT
from tests.server.client import PULLS, Client, editor
from tests.server.stories import LONG, codes, run_in

SEVERITIES = {"error": 1, "warning": 2, "info": 3}
CODE_POINTS = types.GeneralClientCapabilities(position_encodings=["utf-32"])
COUNTS = types.ClientCapabilities(general=CODE_POINTS)
PULLS_AND_COUNTS = types.ClientCapabilities(general=CODE_POINTS, text_document=PULLS.text_document)


def as_shown(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """A finding of the JSON report in the numbers of an editor that counts code points."""
    places = [found, *found["related"]]
    at = [
        tuple(max((one[name] or 0) - 1, 0) for name in ("line", "column", "endLine", "endColumn"))
        for one in places
    ]
    through = f" ({', '.join(found['renderedBy'])})" if found["renderedBy"] else ""
    labels = [one["message"] for one in found["related"]]
    severity = SEVERITIES[found["severity"]]
    return found["code"], found["message"] + through, severity, found["url"], at[0], labels


def as_told(one: types.Diagnostic) -> tuple[Any, ...]:
    href = one.code_description.href if one.code_description else ""
    said = [related.message for related in one.related_information or ()]
    assert one.source == "k8slint"
    return one.code, one.message, one.severity, href, span(one.range), said


def span(at: types.Range) -> tuple[int, int, int, int]:
    return at.start.line, at.start.character, at.end.line, at.end.character


def checked(folder: Path, *paths: str) -> dict[str, list[tuple[Any, ...]]]:
    """What `check` finds below a folder, by path."""
    ran = check(ROOT, *(paths or [str(folder)]), "--output-format", "json")
    assert ran.code in (0, 1), ran.err
    found = defaultdict(list)
    for one in ran.data["findings"]:
        if not one["suppressed"]:
            found[one["path"]].append(as_shown(one))
    return found


def told(client: Client) -> dict[str, list[tuple[Any, ...]]]:
    return {path: [as_told(one) for one in some] for path, some in client.shown.items() if some}


def is_like(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether a shown finding is a printed one; what stands in no file here is named in words."""
    pairs = zip(one[5], other[5], strict=False)
    return (
        one[:5] == other[:5]
        and len(one[5]) == len(other[5])
        and all(not b or a.startswith(b) for a, b in pairs)
    )


def assert_same(
    shown: Mapping[str, list[tuple[Any, ...]]], wanted: Mapping[str, list[tuple[Any, ...]]]
) -> None:
    assert sorted(shown) == sorted(wanted)
    for path, found in wanted.items():
        assert len(shown[path]) == len(found), path
        for one, other in zip(shown[path], found, strict=True):
            assert is_like(one, other), f"{path}: {one} is not {other}"


def test_fixtures_are_shown_as_they_are_checked() -> None:
    assert_shown_alike([FIXTURES / name for name in ("apps", "bad", "demo")], least=8)


@pytest.mark.long
def test_every_fixture_is_shown_as_it_is_checked() -> None:
    assert_shown_alike(sorted(path for path in FIXTURES.iterdir() if path.is_dir()), least=100)


def assert_shown_alike(folders: Sequence[Path], least: int) -> None:
    """All folders are roots at once, and what is told is pushed."""
    wanted = {path: one for folder in folders for path, one in checked(folder).items()}
    assert len(wanted) > least

    async def run() -> None:
        async with editor(*folders, capabilities=COUNTS) as client:
            await settled(client, len(wanted))
            assert_same(told(client), wanted)

    asyncio.run(run())


async def settled(client: Client, files: int) -> None:
    """Wait until so many files are shown, and a moment longer."""
    await client.until(lambda: sum(map(bool, client.shown.values())) >= files)
    await asyncio.sleep(0.3)


def test_a_file_that_is_opened_is_shown_as_the_corpus_is_checked(corpus: Path) -> None:
    """Each is told when it is asked for; the texts are opened, changed and changed back."""
    files = sorted(path for path in corpus.rglob("*.y*ml") if path.stat().st_size < 200_000)
    chosen = files[:: max(1, len(files) // 320)]
    assert len(chosen) >= 300
    wanted = checked(corpus)

    async def run() -> None:
        async with editor(corpus, capabilities=PULLS_AND_COUNTS) as client:
            for path in chosen:
                text = path.read_bytes().decode()
                uri = client.open(path, f"# {text}")
                client.change(uri, "", types.Range(types.Position(0, 0), types.Position(0, 2)))
                shown = [as_told(one) for one in await client.pull(uri)]
                assert_same({str(path): shown}, {str(path): wanted.get(str(path), [])})

    asyncio.run(run())


def test_a_service_edited_in_one_buffer_changes_the_finding_in_another(tmp_path: Path) -> None:
    web, service = tmp_path / "web.yaml", tmp_path / "service.yaml"

    async def story(client: Client) -> None:
        client.open(web, WEB)
        uri = client.open(service, SERVICE)
        await client.until(lambda: codes(client, web) == ["GS301"])
        client.change(uri, "other", types.Range(types.Position(5, 18), types.Position(5, 21)))
        await client.until(lambda: codes(client, web) == [])
        client.change(uri, SERVICE)
        await client.until(lambda: codes(client, web) == ["GS301"])
        client.change(uri, "")
        await client.until(lambda: codes(client, web) == [])
        client.close(uri)
        await client.until(lambda: codes(client, web) == ["GS301"])

    run_in(tmp_path, {"web.yaml": WEB, "service.yaml": SERVICE}, story)
    assert contents(tmp_path) == {"web.yaml": WEB.encode(), "service.yaml": SERVICE.encode()}


def test_all_is_told_again_once_a_file_is_opened(tmp_path: Path) -> None:
    pod = tmp_path / "pod.yaml"

    async def story(client: Client) -> None:
        await client.until(lambda: codes(client, pod) == ["GS001"])
        client.shown.clear()
        client.open(pod, LONG)
        await client.until(lambda: codes(client, pod) == ["GS001"])

    run_in(tmp_path, {"pod.yaml": LONG}, story)


def test_files_that_come_change_and_go_outside_count(tmp_path: Path) -> None:
    pod, other, below = tmp_path / "pod.yaml", tmp_path / "other.yaml", tmp_path / "in" / "x.yaml"

    async def story(client: Client) -> None:
        await client.until(lambda: codes(client, pod) == ["GS001"])
        assert [one.method for one in client.registered] == ["workspace/didChangeWatchedFiles"]
        pod.rename(other)
        client.changed_on_disk(pod, other)
        await client.until(lambda: codes(client, other) == ["GS001"] and not codes(client, pod))
        other.write_text(LONG.replace("40", "20"))
        client.changed_on_disk(other)
        await client.until(lambda: not codes(client, other))
        make(tmp_path, {"in/x.yaml": LONG})
        client.changed_on_disk(below)
        await client.until(lambda: codes(client, below) == ["GS001"])
        below.unlink()
        below.parent.rmdir()
        gone = types.DeleteFilesParams([types.FileDelete(below.parent.as_uri())])
        client.workspace_did_delete_files(gone)
        await client.until(lambda: not codes(client, below))
        make(tmp_path, {"in/x.yaml": LONG})
        client.changed_on_disk(below)
        await client.until(lambda: codes(client, below) == ["GS001"])
        shutil.rmtree(below.parent)
        deleted = types.FileEvent(below.parent.as_uri(), types.FileChangeType.Deleted)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([deleted]))
        await client.until(lambda: not codes(client, below))

    watches = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                dynamic_registration=True
            )
        )
    )
    run_in(tmp_path, {"pod.yaml": LONG}, story, capabilities=watches)


def test_a_configuration_counts_once_it_is_saved_and_a_mistake_in_it_is_shown(
    tmp_path: Path,
) -> None:
    pod, config = tmp_path / "a" / "pod.yaml", tmp_path / "a" / ".k8slint.yaml"

    async def story(client: Client) -> None:
        await client.until(lambda: codes(client, pod) == ["GS001"])
        uri = client.open(config, "ignore: [GS0]\n")
        await asyncio.sleep(0.4)
        assert codes(client, pod) == ["GS001"]
        for text, found in (("ignore: [GS0, GS1]\n", []), ("", ["GS001"])):
            config.write_text(text)
            about = types.TextDocumentIdentifier(uri)
            client.text_document_did_save(types.DidSaveTextDocumentParams(about))
            await client.until(lambda found=found: codes(client, pod) == found)
        config.write_text("\nignored: []\n")
        client.changed_on_disk(config)
        await client.until(lambda: client.shown[str(config)])
        (mistake,) = client.shown[str(config)]
        assert mistake.message.startswith("unknown key 'ignored'; did you mean 'ignore'?")
        assert span(mistake.range) == (1, 0, 2, 0)
        assert codes(client, pod) == ["GS001"]
        config.write_text('"[a](command:b)": 1\n')
        client.changed_on_disk(config)
        await client.until(lambda: len(client.messages) > 1)
        assert "[a] (command:b)" in client.messages[-1]
        config.unlink()
        client.changed_on_disk(config)
        await client.until(lambda: not client.shown[str(config)])
        assert codes(client, pod) == ["GS001"]

    run_in(tmp_path, {"a/pod.yaml": LONG}, story)


def test_measured_drains_count_once_they_are_saved(tmp_path: Path) -> None:
    web, file = tmp_path / "web.yaml", tmp_path / "drains.yaml"
    files = {"web.yaml": APP, ".k8slint.yaml": NAMED, "drains.yaml": drains({})}

    async def story(client: Client) -> None:
        await client.until(lambda: codes(client, web) == ["GS102"])
        uri = client.open(file, drains({}))
        await asyncio.sleep(0.4)
        file.write_text(drains({"stops": 3}))
        about = types.TextDocumentIdentifier(uri)
        client.text_document_did_save(types.DidSaveTextDocumentParams(about))
        await client.until(lambda: codes(client, web) == [])
        file.write_text(drains({}))
        client.changed_on_disk(file)
        await client.until(lambda: codes(client, web) == ["GS102"])

    run_in(tmp_path, files, story)


def test_files_that_are_not_checked_are_not_shown(tmp_path: Path) -> None:
    files = {
        **{f".git/{name}": "" for name in ("HEAD", "objects/x", "refs/x")},
        ".gitignore": "gen/\n",
        ".k8slint.yaml": "exclude: [old/]\n",
        **{f"{name}/pod.yaml": LONG for name in ("gen", "old", "new")},
    }

    async def story(client: Client) -> None:
        for name in ("gen", "old", "new"):
            client.open(tmp_path / name / "pod.yaml", LONG)
        await client.until(lambda: client.shown)
        await asyncio.sleep(0.4)
        assert sorted(client.shown) == [str(tmp_path / "new" / "pod.yaml")]

    run_in(tmp_path, files, story)


def test_a_baseline_hides_what_it_hides_from_check(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": LONG, ".k8slint.yaml": ""})
    assert check(tmp_path, "--write-baseline", ".").code == 0
    pod, new = tmp_path / "pod.yaml", tmp_path / "new.yaml"

    async def story(client: Client) -> None:
        uri = client.open(new, LONG.replace("name: a}", "name: b}"))
        await client.until(lambda: codes(client, new) == ["GS001"])
        assert codes(client, pod) == []
        client.close(uri)
        (tmp_path / ".k8slint-baseline.json").unlink()
        client.changed_on_disk(tmp_path / ".k8slint-baseline.json")
        await client.until(lambda: codes(client, pod) == ["GS001"])

    run_in(tmp_path, {}, story)


def test_several_roots_and_files_outside_of_all_and_untitled_ones(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"a/web.yaml": WEB, "b/service.yaml": SERVICE, "a/in/.k8slint.yaml": "ignore: [GS0]"},
    )
    make(tmp_path, {"a/in/pod.yaml": LONG, "out.yaml": LONG})
    a, b, out = tmp_path / "a", tmp_path / "b", tmp_path / "out.yaml"

    async def run() -> None:
        async with editor(a, b, a / "in") as client:
            uri = client.open(out, LONG)
            await client.until(lambda: codes(client, out) == ["GS001"])
            client.open("", f"# mine\n{LONG}", uri="untitled:Untitled-1")
            await client.until(lambda: client.shown.get("untitled:Untitled-1"))
            (one,) = client.shown["untitled:Untitled-1"]
            assert (one.code, one.range.start.line) == ("GS001", 8)
            client.close("untitled:Untitled-1")
            client.close(uri)
            await client.until(lambda: not client.shown["untitled:Untitled-1"])
            await client.until(lambda: codes(client, out) == [])
            # Each folder is a set of its own: what is in another sends nothing.
            assert codes(client, a / "web.yaml") == []
            event = types.WorkspaceFoldersChangeEvent(
                [types.WorkspaceFolder(tmp_path.as_uri(), "all")],
                [types.WorkspaceFolder(one.as_uri(), one.name) for one in (a, b)],
            )
            change = types.DidChangeWorkspaceFoldersParams(event)
            client.workspace_did_change_workspace_folders(change)
            await client.until(lambda: codes(client, a / "web.yaml") == ["GS301"])

    asyncio.run(run())


def test_what_a_finding_is_about_in_a_text_without_a_file_is_shown_there(tmp_path: Path) -> None:
    uri = "untitled:Untitled-1"

    async def story(client: Client) -> None:
        client.open("", f"{WEB}---\n{SERVICE}", uri=uri)
        await client.until(lambda: client.shown.get(uri))
        (one,) = client.shown[uri]
        (service,) = one.related_information or ()
        assert (one.code, service.location.uri) == ("GS301", uri)
        assert service.location.range.start.line > one.range.start.line

    run_in(tmp_path, {}, story)


BROKEN = LONG.replace("containers:", "containers")
TWO = f"{LONG}---\n{LONG.replace('name: a}', 'name: b}')}"


def test_a_half_typed_text_leaves_what_was_found_marked_as_old(tmp_path: Path) -> None:
    pod = tmp_path / "pod.yaml"
    old = "; as of the last text that could be read"

    async def story(client: Client) -> None:
        uri = client.open(pod, TWO)
        await client.until(lambda: codes(client, pod) == ["GS001", "GS001"])
        first = client.shown[str(pod)][0].message
        at = types.Range(types.Position(3, 0), types.Position(3, 0))
        client.change(uri, "  half: typed: text\n\n", at)
        await client.until(lambda: "GS900" in codes(client, pod))
        shown = client.shown[str(pod)]
        marked = [one for one in shown if one.data == {"old": True}]
        assert [(one.message, one.range.start.line) for one in marked] == [(first + old, 9)]
        assert sorted(one.range.start.line for one in shown if one.code == "GS001") == [9, 18]
        client.change(uri, "x", types.Range(types.Position(3, 0), types.Position(3, 0)))
        await asyncio.sleep(0.5)
        assert [one.message for one in client.shown[str(pod)] if one.data] == [first + old]
        client.change(uri, TWO)
        await client.until(lambda: codes(client, pod) == ["GS001", "GS001"])
        assert [one.data for one in client.shown[str(pod)]] == [None, None]
        client.change(uri, "")
        await client.until(lambda: codes(client, pod) == [])

    run_in(tmp_path, {"pod.yaml": TWO}, story)


def test_what_hides_nothing_is_unnecessary(tmp_path: Path) -> None:
    text = LONG.replace("kind: Pod", "kind: Pod # k8slint: ignore[GS101] why not")

    async def story(client: Client) -> None:
        shown = {
            one.code: one.tags for one in await client.pull(client.open(tmp_path / "a.yaml", text))
        }
        assert shown == {"GS001": None, "GS901": (types.DiagnosticTag.Unnecessary,)}

    run_in(tmp_path, {}, story, capabilities=PULLS)


ENCODINGS = {"utf-8": 4, "utf-16": 2, "utf-32": 1}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_positions_are_those_of_the_editor(tmp_path: Path, encoding: str) -> None:
    """An emoji before the finding, tabs, lines that end in CR and LF, a byte order mark."""
    first = "kind: Pod\napiVersion: v1\n# \t🦊\t\nmetadata: {name: a}\nspec:\n  containers:\n"
    first += "  - {name: a, image: '🦊', lifecycle: {preStop: {sleep: {seconds: 40}}}}\n"
    texts = {
        f"{number}.yaml": bom + first.replace("\n", line_end)
        for number, (bom, line_end) in enumerate(product(("", "\ufeff"), ("\n", "\r\n")))
    }
    asked = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[encoding]),
        text_document=PULLS.text_document,
    )

    async def story(client: Client) -> None:
        for name, text in texts.items():
            uri = client.open(tmp_path / name, text)
            start = first.split("\n")[6].index("40") - 1 + ENCODINGS[encoding]
            (one,) = await client.pull(uri)
            assert span(one.range) == (6, start, 6, start + 2)
            client.change(uri, "20", one.range)
            assert await client.pull(uri) == []

    run_in(tmp_path, {}, story, capabilities=asked)


def test_workspace_diagnostics_tell_each_file_once(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        await asyncio.sleep(0.8)
        asked = types.WorkspaceDiagnosticParams([])
        report = await client.workspace_diagnostic_async(asked)
        (one,) = report.items
        assert isinstance(one, types.WorkspaceFullDocumentDiagnosticReport)
        assert [found.code for found in one.items] == ["GS001"]
        known = types.WorkspaceDiagnosticParams(
            [types.PreviousResultId(one.uri, str(one.result_id))]
        )
        report = await client.workspace_diagnostic_async(known)
        assert [item.kind for item in report.items] == ["unchanged"]
        (tmp_path / "pod.yaml").unlink()
        client.changed_on_disk(tmp_path / "pod.yaml")
        await asyncio.sleep(0.5)
        (gone,) = (await client.workspace_diagnostic_async(known)).items
        assert isinstance(gone, types.WorkspaceFullDocumentDiagnosticReport)
        assert not gone.items

    run_in(tmp_path, {"pod.yaml": LONG, "ok.yaml": SERVICE}, story, capabilities=PULLS)
