"""Any edits, in any order: nothing fails, and in the end it is as if nothing had been before.

`make edits EDITS=10000` makes more of them.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lsprotocol import types

from tests.places import FIXTURES
from tests.server.client import Client, editor
from tests.server.test_diagnostics import PULLS_AND_COUNTS, as_told, assert_same, checked
from tests.tiers import USUAL, tries

EDITS = int(os.environ.get("K8SLINT_EDITS", "0")) or tries(250)
FILES = 50 if EDITS > USUAL else 20
# From so many on, the server is a process of its own, and its memory is looked at.
MANY = 1_000
# An edit in so many is followed by questions, as when somebody stops typing.
EVERY = 6
TYPED = (
    *"aeiost-:#{}[]|>'\"\n\n\t 0123456789",
    *("🦊", "é", "\r\n", "\r", "\x0c", "\u2028", "\ufeff", "{{ .Values.x }}", "---\n"),
    *("terminationGracePeriodSeconds: 1\n", "preStop:", "kind: Pod\n", "  ", "app: web"),
)
_LINE_END = re.compile("\r\n|\n|\r")


class Buffer:
    """A text as an editor has it, with what undoes each edit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_bytes().decode()
        self.before: list[str] = []

    def position(self, offset: int) -> types.Position:
        """A position in code points, by counting line ends."""
        ends = [match.end() for match in _LINE_END.finditer(self.text) if match.end() <= offset]
        return types.Position(len(ends), offset - (ends[-1] if ends else 0))

    def moved(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        """A printed finding where an editor has it: only there a CR alone ends a line."""
        skipped = int(self.text.startswith("\ufeff"))
        starts = [0, *(match.end() for match in re.finditer("\n", self.text[skipped:]))]
        line, column, end_line, end_column = found[4]
        start, end = (
            self.position(skipped + starts[one] + other)
            for one, other in ((line, column), (end_line, end_column))
        )
        at = start.line, start.character, end.line, end.character
        return (*found[:4], at, *found[5:])

    def place(self, random: Random) -> int:
        """An offset at which an editor can be: not between CR and LF."""
        offset = random.randint(0, len(self.text))
        return offset + 1 if self.text[offset - 1 : offset + 1] == "\r\n" else offset


def copy_fixtures(folder: Path) -> list[Path]:
    """Files that are joined to each other, and those that are beside them."""
    for name in ("projects", "bad", "timeline"):
        shutil.copytree(FIXTURES / name, folder / name)
    found = sorted(path for path in folder.rglob("*.yaml") if path.name[0] != ".")
    found = [path for path in found if path.name != "kustomization.yaml"]
    return found[:: len(found) // FILES][:FILES]


def edit(client: Client, uri: str, buffer: Buffer, random: Random) -> None:
    """Type, delete, paste, undo, or put back all that was there first."""
    what = random.choices(("type", "delete", "paste", "undo", "start"), (8, 4, 2, 4, 1))[0]
    if what in ("undo", "start"):
        if buffer.before:
            buffer.text = buffer.before[-1 if what == "undo" else 0]
            buffer.before = buffer.before[:-1] if what == "undo" else []
            client.change(uri, buffer.text)
        return
    start = end = buffer.place(random)
    text = ""
    if what == "type":
        text = "".join(random.choices(TYPED, k=random.choice((1, 1, 1, 4))))
    elif what == "delete":
        end = min(len(buffer.text), start + random.choice((1, 1, 2, 10, 200)))
    else:
        from_, to = sorted((buffer.place(random), buffer.place(random)))
        text = buffer.text[from_ : min(to, from_ + 400)]
    if buffer.text[end - 1 : end + 1] == "\r\n":
        end += 1
    at = types.Range(buffer.position(start), buffer.position(end))
    buffer.before = [*buffer.before[-20:], buffer.text]
    buffer.text = buffer.text[:start] + text + buffer.text[end:]
    client.change(uri, text, at)


async def ask_all(client: Client, uri: str, buffer: Buffer, random: Random) -> None:
    """Ask for everything at some place."""
    about = types.TextDocumentIdentifier(uri)
    at = buffer.position(buffer.place(random))
    here = types.Range(at, at)
    await client.pull(uri)
    await asyncio.gather(
        client.text_document_hover_async(types.HoverParams(about, at)),
        client.text_document_code_lens_async(types.CodeLensParams(about)),
        client.text_document_inlay_hint_async(types.InlayHintParams(about, here)),
        client.text_document_completion_async(types.CompletionParams(about, at)),
        client.text_document_code_action_async(
            types.CodeActionParams(about, here, types.CodeActionContext([]))
        ),
        client.workspace_execute_command_async(
            types.ExecuteCommandParams("k8slint.timeline", [{"uri": uri}])
        ),
    )


def memory_of(client: Client) -> int:
    """The memory of the server if that is a process, in bytes."""
    if not client.process:
        return 0
    pages = Path(f"/proc/{client.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def play(client: Client, buffers: dict[str, Buffer], random: Random) -> list[int]:
    """Make all edits; the memory after half of them, and in the end."""
    uris = [*buffers]
    memory = []
    for number in range(EDITS):
        uri = random.choice(uris)
        edit(client, uri, buffers[uri], random)
        if number % EVERY == 0:
            await ask_all(client, uri, buffers[uri], random)
        if number in (EDITS // 2, EDITS - 1):
            memory.append(memory_of(client))
    return memory


def test_any_edits_leave_what_a_new_run_finds(tmp_path: Path) -> None:
    random = Random(EDITS)
    paths = copy_fixtures(tmp_path)
    assert len(paths) == FILES

    async def run() -> None:
        arguments = () if EDITS > MANY else None
        async with editor(tmp_path, capabilities=PULLS_AND_COUNTS, arguments=arguments) as client:
            buffers = {one.as_uri(): Buffer(one) for one in paths}
            for uri, buffer in buffers.items():
                client.open(buffer.path, buffer.text, uri=uri)
            half, last = await play(client, buffers, random)
            shown = {}
            for uri, buffer in buffers.items():
                found = await client.pull(uri)
                new = [as_told(one) for one in found if one.data != {"old": True}]
                shown[str(buffer.path)] = new
                buffer.path.write_bytes(buffer.text.encode())
            wanted = checked(tmp_path)
            moved = {
                str(one.path): [one.moved(found) for found in wanted.get(str(one.path), [])]
                for one in buffers.values()
            }
            assert_same(shown, moved)
            assert last < 1.1 * half + 20_000_000
            assert client.messages == []

    asyncio.run(run())


@pytest.mark.long
@pytest.mark.skipif(EDITS > MANY, reason="a run of its own")
def test_an_edit_that_is_not_told_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The law above can fail."""
    change: Callable[..., None] = Client.change
    told = iter([True, False] * 500)

    def forget_some(*args: object) -> None:
        if next(told):
            change(*args)

    monkeypatch.setattr(Client, "change", forget_some)
    with pytest.raises(AssertionError):
        test_any_edits_leave_what_a_new_run_finds(tmp_path)
