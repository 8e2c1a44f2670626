"""The server as a program: what it needs, what it writes down, and when it ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types

from k8slint.cli import server
from tests.command import Ran, environment, k8slint, make
from tests.copies import Copy
from tests.server.client import Client, editor
from tests.server.stories import LONG, codes, run_in

SECRET = "a-word-of-the-text"
# Only what is to be answered has one.
ID = {"shutdown": {"id": 1}}
OWN = """\
from k8slint.api import Finding, Spot, Workload, rule

@rule("ACME001", "called", severity="warning", since="1")
def check(workload: Workload):
    print("what a rule prints is no answer", end="", flush=True)
    yield Finding("every workload", at=Spot(workload.value.get("kind")))
"""


def test_without_the_extra_one_line_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    ran = k8slint(tmp_path, "server")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == (
        "k8slint: the language server needs more than a plain installation: "
        "pip install 'k8slint[server]'\n"
    )


def test_a_log_tells_what_is_done_and_nothing_of_the_text(tmp_path: Path) -> None:
    log = tmp_path / "server.log"

    async def story(client: Client) -> None:
        client.open(tmp_path / "a.yaml", LONG.replace("image: a", f"image: {SECRET}"))
        await client.until(lambda: codes(client, tmp_path / "a.yaml"))

    run_in(tmp_path, {}, story, arguments=["--log", str(log)])
    told = log.read_text()
    assert f"opened folder {tmp_path}" in told
    assert "checked 1 files in" in told
    assert SECRET not in told
    assert k8slint(tmp_path, "server", "--log", str(tmp_path)).code == 2


def test_rules_of_the_call_run_and_those_of_a_folder_do_not(tmp_path: Path) -> None:
    """A configuration cannot name rules; what a rule prints is not taken for an answer."""
    make(tmp_path, {"rules/acme001.py": OWN, "work/a.yaml": LONG, "work/rules/acme001.py": OWN})
    pod = tmp_path / "work" / "a.yaml"

    async def run() -> None:
        for arguments, found in (
            (["--rules", str(tmp_path / "rules")], ["ACME001", "GS001"]),
            ([], ["GS001"]),
        ):
            async with editor(tmp_path / "work", arguments=arguments) as client:
                await client.until(lambda: codes(client, pod))
                assert sorted(codes(client, pod)) == found

    asyncio.run(run())


def test_it_ends_without_an_editor(tmp_path: Path) -> None:
    with Copy(tmp_path, "server") as server:
        assert server.finish() == Ran(0, b"", "")


@pytest.mark.parametrize(("said", "code"), [(("shutdown", "exit"), 0), (("exit",), 1)])
def test_an_exit_that_no_shutdown_announced_is_a_failure(
    tmp_path: Path, said: Sequence[str], code: int
) -> None:
    asked = [{"jsonrpc": "2.0", "method": name, **ID.get(name, {})} for name in said]
    texts = [json.dumps(one).encode() for one in asked]
    file = tmp_path / "said"
    file.write_bytes(b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(one), one) for one in texts))
    with file.open("rb") as stdin, Copy(tmp_path, "server", stdin=stdin.fileno()) as server:
        assert server.finish().code == code


@pytest.mark.long
def test_it_ends_with_its_editor() -> None:
    command = [sys.executable, "-m", "k8slint", "server"]
    done = subprocess.run(
        command, input=b"", env=environment(), capture_output=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_it_ends_in_the_middle_of_a_check(tmp_path: Path) -> None:
    """Nothing is written once the editor has gone, neither to it nor about it."""
    make(tmp_path, {f"{n}.yaml": LONG.replace("name: a}", f"name: a{n}}}") for n in range(400)})

    async def run() -> None:
        bars = types.WindowClientCapabilities(work_done_progress=True)
        asked = types.ClientCapabilities(window=bars)
        for moment in (0, 0.05):
            async with editor(tmp_path, capabilities=asked, arguments=()) as client:
                await client.until(lambda: "begin" in client.bars)
                await asyncio.sleep(moment)
                assert "end" not in client.bars
            assert client.ended == Ran(0, b"", "")

    asyncio.run(run())
