"""The apps of `fixtures/apps` are drilled, and the drill tells the right ones from the broken.

`python -m tests.measure.test_apps` drills those of the recipes and writes that into the pages.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest

from tests.command import environment
from tests.places import FIXTURES, ROOT
from tests.tables import check_keys, table

APPS = FIXTURES / "apps"
PAGES = ROOT / "docs" / "recipes" / "apps"
TOOLS = ROOT / "build" / "tools"
ROWS: dict[str, dict[str, Any]] = {row["name"]: row for row in table("apps.yaml")}
REQUIRED = ("name", "folder", "command", "ends")
OPTIONAL = (
    *("manifest", "needs", "build", "front", "hook", "options"),
    *("code", "lost", "new", "heard", "late", "work"),
)
AT_ONCE = 10
PORTS = range(20_000, 30_000)
PATIENCE = 180
# Seconds from the signal until an app that hears it has closed its socket.
CLOSED = 0.7
# The manifests with times that a test can wait for.
SHORT = (
    (r"(terminationGracePeriodSeconds:) \d+.*", r"\1 4"),
    (r"(k8slint/drain\S*) 20s", r"\1 2s"),
    (r'"20"', '"2"'),
    (r"value: 20s", "value: 2s"),
    (r"(periodSeconds:) 2", r"\1 1"),
    (r"(process_control_timeout =) 20s", r"\1 2s"),
)
PART = re.compile(r"<!-- drill (\S+(?: \S+)?) -->\n(?:.*?\n)??<!-- /drill -->", re.DOTALL)
# What an app prints has addresses, times and process numbers.
OUTPUT = re.compile(r"^  output  .*\n(?: {13}.*\n)*", re.MULTILINE)
LOST = re.compile(r"(?<=killed at N s), N requests? lost|s(?= lost)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Drilled(NamedTuple):
    """What a drill said of an app, as data and as text."""

    code: int
    data: dict[str, Any]
    text: str


def find(program: str) -> str | None:
    """Return the path of a program, or of the Spring Boot app that `make spring` builds."""
    if program == "python3":
        return sys.executable
    if program == "shop.jar":
        return str(TOOLS / program) if (TOOLS / program).exists() else None
    if program == "php-fpm":
        names = [path.name for path in Path("/usr/sbin").glob("php-fpm*")]
        return shutil.which(next(iter([*names, program])))
    return shutil.which(program)


def missing(row: dict[str, Any]) -> list[str]:
    return [program for program in row.get("needs", ()) if not find(program)]


def free_ports(number: int) -> list[int]:
    """Return ports that are free, and that the kernel gives to no client."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        if len(found) == number:
            break
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found


def drill(row: dict[str, Any], folder: Path, port: int, behind: int) -> Drilled:
    """Drill the app of a row on a copy of its files, in a folder of its own."""
    copy = folder / "app"
    shutil.copytree(APPS / row["folder"], copy)
    (folder / "build").mkdir()
    (folder / "index.html").write_bytes(bytes(100_000))
    for path in copy.rglob("*.*"):
        if path.suffix in {".yaml", ".conf"}:
            path.write_text(shortened(path.read_text("utf-8"), row, folder, port, behind), "utf-8")

    def words(key: str) -> list[str]:
        places = {"build": folder / "build", "tools": TOOLS, "folder": copy, "port": port}
        return [word.format(**places) for word in row.get(key, ())]

    def program(key: str) -> list[str]:
        first, *more = words(key) or [""]
        return [find(first) or first, *more] if first else []

    env = environment(
        PORT=str(port), BUSY_FILE=str(folder / "busy"), PYTHONDONTWRITEBYTECODE="1", COLUMNS="100"
    )
    if "build" in row:
        subprocess.run(program("build"), cwd=copy, env=env, check=True)
    load = ["--busy-file", str(folder / "busy")]
    if "work" not in row:
        load = ["--load", f"http://127.0.0.1:{port}/"]
    command = [sys.executable, "-m", "k8slint", "drill", row.get("manifest", "deployment.yaml")]
    command += [*load, *words("options"), "--output-format", "text"]
    command += ["--output-format", f"json={folder / 'drill.json'}"]
    with running(program("front"), copy, behind):
        ran = subprocess.run(
            [*command, "--", *program("command")],
            cwd=copy,
            env=env,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    written = folder / "drill.json"
    assert written.exists(), ran.stderr
    return Drilled(ran.returncode, json.loads(written.read_text("utf-8")), ran.stdout)


def shortened(text: str, row: dict[str, Any], folder: Path, port: int, behind: int) -> str:
    """Return a file with short times, free ports and places that are there."""
    for pattern, short in SHORT:
        text = re.sub(pattern, short, text)
    # Only hooks have a line with nothing but seconds.
    text = re.sub(r"^( +seconds:) \d+.*", rf"\1 {row.get('hook', 1)}", text, flags=re.MULTILINE)
    for usual, ours in (
        ("8080", str(port)),
        ("127.0.0.1:9000", f"127.0.0.1:{behind}"),
        ("root /srv", f"root {folder}"),
        ("/app/", f"{folder}/app/"),
        ("/tmp/nginx.pid", f"{folder}/nginx.pid"),
        # The workers of nginx have to read files of whoever runs the tests.
        ("daemon off;", "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"),
        ("/proc/self/fd/2", f"{folder}/error.log"),
    ):
        text = text.replace(usual, ours)
    return text


@contextmanager
def running(command: Sequence[str], folder: Path, behind: int) -> Iterator[None]:
    """Run what stands in front of an app, if anything, once the app listens to it.

    A drill does not start where something answers already.
    """
    if not command:
        yield
        return
    is_over = Event()

    def run() -> None:
        while not is_listening(behind) and not is_over.wait(0.1):
            pass
        with (folder / "front.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, stderr=log)
        is_over.wait()
        process.terminate()
        process.wait(10)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def drill_all(names: Sequence[str], folder: Path) -> dict[str, Callable[[], Drilled]]:
    """Drill apps, a few at once; what went wrong is raised when a result is asked for."""
    ports = free_ports(2 * len(names))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = {
            name: pool.submit(drill, ROWS[name], new(folder / str(index)), *pair)
            for index, (name, *pair) in enumerate(zip(names, ports[::2], ports[1::2], strict=True))
        }
    return {name: future.result for name, future in begun.items()}


def new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def drilled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Callable[[], Drilled]]:
    """What the drill says of each app that this run asks for and whose runtime is there."""
    asked = [
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    there = [name for name in dict.fromkeys(asked) if not missing(ROWS[name])]
    return drill_all(there, tmp_path_factory.mktemp("apps"))


QUICK = ("python worker-exit-at-once",)


def marks_of(name: str) -> list[pytest.MarkDecorator]:
    if "needs" in ROWS[name]:
        return [pytest.mark.programs]
    return [] if name in QUICK else [pytest.mark.long]


NAMES = [pytest.param(name, marks=marks_of(name)) for name in ROWS]


@pytest.mark.parametrize("name", NAMES)
def test_the_drill_tells_right_from_broken(
    name: str, drilled: dict[str, Callable[[], Drilled]]
) -> None:
    row = ROWS[name]
    check_keys(row, f"apps.yaml, {name}", REQUIRED, OPTIONAL)
    if absent := missing(row):
        pytest.skip(f"{', '.join(absent)} is not installed")
    found = drilled[name]()
    said = facts(found.data)
    told = {key: row[key] for key in row.keys() & said.keys()}
    assert {key: said[key] for key in told} == told, found.text
    assert found.data["passed"] == (found.code == 0), found.text
    if is_certain(row):
        is_right = row["ends"] == "itself" and not row.get("lost") and row.get("work") != "lost"
        assert found.data["passed"] == (is_right and not row.get("late")), found.text


def is_certain(row: dict[str, Any]) -> bool:
    """Whether a row says if the drill passes."""
    return row["ends"] == "killed" or bool(row.keys() & {"lost", "work", "late"})


def facts(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a row says of a drill, from its data."""
    traffic = data["traffic"]
    said = {
        "ends": "killed" if data["killed"] else "itself",
        "code": data["exitCode"],
        "heard": data["signalDelivered"],
        "late": any("later than" in one for one in data["problems"]),
        "work": "done" if all(one["done"] for one in data["work"]) else "lost",
    }
    if traffic:
        said["lost"] = traffic["lost"] > 0
        late = data["signalledAt"] + CLOSED
        answered = [one for one in traffic["requests"] if one["outcome"] == "answered"]
        is_answered = any(one["started"] > late for one in answered)
        said["new"] = "answered" if is_answered else "refused"
    return said


SHOWN = {
    name: (page, part)
    for page in sorted(PAGES.glob("*.md"))
    for part in PART.finditer(page.read_text(encoding="utf-8"))
    for name in [part[1]]
}


@pytest.mark.parametrize("name", [one for one in NAMES if one.values[0] in SHOWN])
def test_the_recipe_shows_what_the_drill_says(
    name: str, drilled: dict[str, Callable[[], Drilled]]
) -> None:
    if absent := missing(ROWS[name]):
        pytest.skip(f"{', '.join(absent)} is not installed")
    _, part = SHOWN[name]
    fresh = PART.match(shown(name, drilled[name]().text))
    assert fresh
    # Whether requests were lost is chance where the row does not say.
    marks = ("$", "signal", "end", "work", *(["drill"] if is_certain(ROWS[name]) else []))
    assert gist(part[0], marks) == gist(fresh[0], marks), "run: python -m tests.measure.test_apps"


def test_the_recipes_show_drills_of_the_table() -> None:
    assert SHOWN.keys() <= ROWS.keys()


def shown(name: str, text: str) -> str:
    """Return the part of a page that shows a drill, with the usual port and paths."""
    row = ROWS[name]
    load = "--busy-file /tmp/busy" if "work" in row else "--load http://localhost:8080/"
    options = " ".join([row.get("manifest", "deployment.yaml"), load, *row.get("options", ())])
    command = " ".join(row["command"]).format(
        build="/app", tools="/app", folder="/app", port="8080"
    )
    lines = text.rstrip().splitlines()
    # The heading repeats the command, with paths of this machine.
    lines[0] = f"{command} ({lines[0].rpartition(' (')[2]}"
    output = OUTPUT.sub("", "\n".join(lines))
    fence = f"```console\n$ k8slint drill {options} -- {command}\n{output}\n```"
    return f"<!-- drill {name} -->\n{fence}\n<!-- /drill -->"


def gist(part: str, marks: Sequence[str]) -> list[str]:
    """Return the lines of a drill that begin with some words, without times and counts.

    Whether SIGKILL hits a request is chance.
    """
    said = [line for line in part.splitlines() if line.strip() and line.split()[0] in marks]
    return [LOST.sub("", NUMBER.sub("N", line)) for line in said]


def main() -> None:
    """Drill all apps that the pages show, and write down what came out."""
    absent = {name: missing(ROWS[name]) for name in SHOWN if missing(ROWS[name])}
    for name, programs in absent.items():
        print(f"stays as it is: {name}: {', '.join(programs)} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        found = drill_all([name for name in SHOWN if name not in absent], Path(folder))
    for page in sorted({page for page, _ in SHOWN.values()}):
        text = page.read_text(encoding="utf-8")
        for name, result in found.items():
            if SHOWN[name][0] == page:
                text = text.replace(SHOWN[name][1][0], shown(name, result().text))
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
