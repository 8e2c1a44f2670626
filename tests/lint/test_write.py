"""Files are replaced whole or not at all, and with nothing but their bytes changed."""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from k8slint.lint.write import TOGETHER, FileReplacement, remove_leftovers, replace_files
from tests.command import check, contents, environment, make
from tests.manifests import ERROR, FIXED

TEMPORARY = ".0123456789abcdef.k8slint-tmp"
IS_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.k8slint-tmp").fullmatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make(tmp_path, {"x.yaml": ERROR})
    return tmp_path / "x.yaml"


def replace(file: Path, old: bytes | str = ERROR, new: bytes | str = FIXED) -> str:
    """Why a file was not replaced; empty where it was."""
    old, new = (text.encode() if isinstance(text, str) else text for text in (old, new))
    problems = replace_files([FileReplacement(str(file), old, new)], [str(file.parent)])
    return problems.get(str(file), "")


def fix(folder: Path, *paths: str) -> str:
    """Why `--fix` did not write; empty where it did."""
    ran = check(folder, *(paths or (".",)), "--fix", "-q")
    assert ran.code == (2 if ran.err else 0)
    if ran.err:
        assert ran.places, "what is left is reported"
    return ran.err.partition("not fixed: ")[2].rstrip()


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o640, 0o664, 0o755, 0o666, 0o200 | 0o444])
def test_the_mode_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert not fix(file.parent)
    assert file.read_text() == FIXED
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_the_umask_does_not_count(file: Path) -> None:
    file.chmod(0o664)
    old = os.umask(0o077)
    try:
        assert not fix(file.parent)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o664


def test_the_owner_is_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    if os.getuid() == 0:
        os.chown(file, 12345, 54321)
    else:
        change_owner(file, monkeypatch, lambda _, user, group: asked.append((user, group)))
    assert not fix(file.parent)
    status = file.stat()
    assert [(status.st_uid, status.st_gid), *asked][-1] == (12345, 54321)


def test_a_file_of_somebody_else_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    change_owner(file, monkeypatch, refuse)
    assert fix(file.parent) == "it belongs to another user or group"
    assert contents(file.parent) == {"x.yaml": ERROR.encode()}


def change_owner(file: Path, monkeypatch: pytest.MonkeyPatch, chown: object) -> None:
    """Make a file seem to be that of another user, and see how it is given to him."""
    real = os.fstat
    number = file.stat().st_ino

    def foreign(descriptor: int) -> os.stat_result:
        status = real(descriptor)
        if status.st_ino != number:
            return status
        return os.stat_result(
            [*status[:4], 12345, 54321, *status[6:]], {"st_ctime_ns": status.st_ctime_ns}
        )

    monkeypatch.setattr(os, "fstat", foreign)
    monkeypatch.setattr(os, "fchown", chown)


class TestLinks:
    """A link stays a link; its target is written where it is inside of what was named."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        make(tmp_path, {"real/x.yaml": ERROR, "links/other.yaml": "kind: Service\n"})
        (tmp_path / "links" / "x.yaml").symlink_to("../real/x.yaml")
        return tmp_path

    @pytest.mark.parametrize("named", [["."], ["links", "real"], ["links/x.yaml", "real"]])
    def test_inside(self, folder: Path, named: list[str]) -> None:
        assert not fix(folder, *named)
        assert (folder / "links/x.yaml").is_symlink()
        assert (folder / "real/x.yaml").read_text() == FIXED
        assert not (folder / "real/x.yaml").is_symlink()

    def test_outside_on_a_walk(self, folder: Path) -> None:
        assert fix(folder, "links") == ""  # It is not even read.
        assert (folder / "real/x.yaml").read_text() == ERROR

    def test_outside(self, folder: Path) -> None:
        reason = fix(folder, "links/x.yaml")
        assert reason.startswith("a symbolic link leads to ")
        assert reason.endswith("real/x.yaml, outside of what was named: name that path")
        assert (folder / "real/x.yaml").read_text() == ERROR

    def test_a_neighbour_with_the_same_beginning_is_outside(self, folder: Path) -> None:
        make(folder, {"links-2/y.yaml": ERROR})
        (folder / "links" / "y.yaml").symlink_to("../links-2/y.yaml")
        assert "outside" in fix(folder, "links/y.yaml")

    def test_a_folder_that_is_a_link(self, folder: Path) -> None:
        (folder / "way").symlink_to("real")
        assert not fix(folder, "way")
        assert (folder / "real/x.yaml").read_text() == FIXED


def test_read_only(file: Path) -> None:
    file.chmod(0o444)
    assert fix(file.parent) == "it is read-only"
    assert contents(file.parent) == {"x.yaml": ERROR.encode()}


def test_what_the_group_alone_may_write_is_not_read_only(file: Path) -> None:
    """Only root opens it all the same."""
    file.chmod(0o464)
    assert fix(file.parent) == ("" if os.geteuid() == 0 else "it is read-only")
    assert (contents(file.parent)["x.yaml"] == ERROR.encode()) == (os.geteuid() != 0)


def test_hard_links(file: Path) -> None:
    (file.parent / "other").hardlink_to(file)
    assert fix(file.parent) == "it has other hard links, which would keep the old text"
    assert file.read_text() == ERROR


def test_one_file_by_two_names_is_written_once(file: Path) -> None:
    """As where a mount shows a folder twice."""
    (file.parent / "way").symlink_to(".")
    other = str(file.parent / "way" / file.name)
    texts = {str(file): FIXED.encode(), other: b"other"}
    wanted = [FileReplacement(path, ERROR.encode(), text) for path, text in texts.items()]
    problems = replace_files(wanted, [str(file.parent)])
    (loser,) = problems
    assert problems[loser] == "it changed on disk since it was read: run again"
    del texts[loser]
    assert [*contents(file.parent).values()] == [*texts.values()]


def test_vanished(tmp_path: Path) -> None:
    assert replace(tmp_path / "x.yaml") == "it vanished since it was read"
    assert not contents(tmp_path)


def test_changed_meanwhile(file: Path) -> None:
    assert replace(file, old="old") == "it changed on disk since it was read: run again"
    assert contents(file.parent) == {"x.yaml": ERROR.encode()}


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    assert replace(tmp_path / "x.yaml") == "it is a named pipe, not a regular file"


FAILURES = {
    "open": PermissionError(13, "Permission denied"),
    "write": OSError(28, "No space left on device"),
    "fchmod": PermissionError(1, "Operation not permitted"),
    "fsync": OSError(5, "Input/output error"),
    "replace": PermissionError(13, "Permission denied"),
}


# So many are stored together here.
SOME = 8
MANY = [f"{number:02}.yaml" for number in range(2 * SOME + 1)]


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("k8slint.lint.write.TOGETHER", SOME)
    make(tmp_path, dict.fromkeys(MANY, ERROR))
    return tmp_path


@pytest.mark.parametrize("step", FAILURES)
def test_a_failure_is_that_of_its_own_file(
    many: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    calls = itertools.count()

    def fail() -> None:
        if next(calls) == SOME + 2:
            raise FAILURES[step]

    before_each(monkeypatch, step, fail)
    assert_only_one_is_unfixed(many, str(FAILURES[step].strerror))


# Where Linux tells which files a process has open.
OPEN = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN.is_dir(), reason="there is no /proc to tell which files are open")
@pytest.mark.parametrize(
    ("name", "folders"), [("{}.yaml", 1), ("{}/x.yaml", TOGETHER)], ids=["one folder", "many"]
)
def test_files_are_stored_before_the_first_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, folders: int
) -> None:
    """So they reach it together; no more are open than the least that systems allow, 256."""
    calls = itertools.count()
    every = [tmp_path / name.format(number) for number in range(TOGETHER + 1)]
    for one in every:
        one.parent.mkdir(exist_ok=True)
        one.write_text(ERROR, encoding="utf-8")
    wanted = [FileReplacement(str(one), ERROR.encode(), FIXED.encode()) for one in every]
    seen: list[tuple[int, int]] = []
    looking = threading.Lock()  # The other threads wait, too, before they go on.

    def look() -> None:
        with looking:
            if not next(calls):
                stored = [one for one in tmp_path.rglob("*") if IS_TEMPORARY(one.name)]
                is_open = [one for one in OPEN.iterdir() if str(tmp_path) in os.path.realpath(one)]
                seen.append((len(stored), len(is_open)))

    before_each(monkeypatch, "fsync", look)
    before = len([*OPEN.iterdir()])
    assert replace_files(wanted, [str(tmp_path)]) == {}
    assert len([*OPEN.iterdir()]) == before
    assert seen == [(TOGETHER, 2 * TOGETHER + folders)]
    assert 3 * TOGETHER < 200


def test_no_file_that_was_replaced_stays_locked(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run, which took the files in another order, may hold the next one meanwhile."""
    fcntl = pytest.importorskip("fcntl")
    opened = [(many / name).open("rb") for name in MANY]
    calls = itertools.count()

    def look() -> None:
        for one in opened[: next(calls)]:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)

    before_each(monkeypatch, "replace", look)
    wanted = [FileReplacement(one.name, ERROR.encode(), FIXED.encode()) for one in opened]
    assert replace_files(wanted, [str(many)]) == {}
    assert next(calls) == len(MANY)
    for one in opened:
        one.close()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_refused_is_so_in_any_process(
    many: Path, monkeypatch: pytest.MonkeyPatch, jobs: str
) -> None:
    monkeypatch.setattr("k8slint.lint.run._FIX_POOL_ABOVE", 0)
    monkeypatch.setattr("k8slint.lint.units._BATCH", SOME)
    (many / "link").hardlink_to(many / MANY[SOME + 2])
    reason = "it has other hard links, which would keep the old text"
    assert_only_one_is_unfixed(many, reason, "--jobs", jobs)


def assert_only_one_is_unfixed(folder: Path, reason: str, *arguments: str) -> None:
    """What is written together with it is written, and nothing is left behind."""
    ran = check(folder, "--fix", "-q", *arguments)
    unlucky, _, why = ran.err.partition(": ")
    assert why == f"not fixed: {reason}\n"
    assert (ran.code, ran.places) == (2, [f"{unlucky}:12 GS001"])
    found = contents(folder)
    found.pop("link", b"")
    assert found == dict.fromkeys(MANY, FIXED.encode()) | {unlucky: ERROR.encode()}


def before_each(monkeypatch: pytest.MonkeyPatch, step: str, call: Callable[[], None]) -> None:
    """Have something called before each time that a step of writing is taken."""
    real = getattr(os, step)

    def run(*arguments: Any, **how: Any) -> Any:
        if step != "open" or arguments[1] & os.O_CREAT:
            call()
        return real(*arguments, **how)

    monkeypatch.setattr(os, step, run)


@pytest.mark.parametrize(("size", "groups"), [(0, [5]), (60_000, [2, 2, 1]), (200_000, [1] * 5)])
def test_large_files_are_not_kept_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, groups: list[int]
) -> None:
    seen: list[int] = []

    def watched(wanted: Sequence[FileReplacement], roots: Sequence[str]) -> dict[str, str]:
        seen.append(len(wanted))
        return replace_files(wanted, roots)

    monkeypatch.setattr("k8slint.lint.write.replace_files", watched)
    padding = f"#{'-' * 98}\n" * (size // 100)
    make(tmp_path, dict.fromkeys(MANY[:5], padding + ERROR))
    assert not check(tmp_path, "--fix", "--jobs", "1", "-q").err
    assert contents(tmp_path) == dict.fromkeys(MANY[:5], (padding + FIXED).encode())
    assert seen == groups


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("step", FAILURES)
def test_an_interrupt_leaves_nothing_behind(
    many: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """At each time that a step is taken while several files are replaced."""
    wanted = [FileReplacement(str(many / one), ERROR.encode(), FIXED.encode()) for one in MANY]
    seen = set()
    moments: list[int] = []

    def interrupt() -> None:
        if not (moments or [1]).pop():
            signal.raise_signal(signal.SIGINT)

    before_each(monkeypatch, step, interrupt)
    for moment in range(0, len(MANY), 3):
        make(many, dict.fromkeys(MANY, ERROR))
        moments[:] = range(moment + 1)
        with pytest.raises(KeyboardInterrupt) as held:
            replace_files(wanted, [str(many)])
        for thread in {*threading.enumerate()} - {threading.main_thread()}:
            thread.join()  # As Python does before it ends.
        found = contents(many)
        del held  # Till now nothing was cleaned up by chance.
        assert sorted(found) == MANY
        seen |= {*found.values()}
    assert seen == {ERROR.encode(), FIXED.encode()}


def test_what_a_killed_run_left_is_ignored_and_removed(file: Path) -> None:
    make(file.parent, {TEMPORARY: "kind: Pod\nspec: ["})
    assert check(file.parent).places == ["x.yaml:12 GS001"]
    assert not fix(file.parent)
    assert contents(file.parent) == {"x.yaml": FIXED.encode()}


def test_a_file_without_a_repair_is_not_touched(tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": FIXED})
    before = (tmp_path / "x.yaml").stat()
    assert not fix(tmp_path)
    after = (tmp_path / "x.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_kill_9_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """One process replaces a file again and again, and is killed at any moment."""
    old, new = b"old\n" * 50_000, b"new\n" * 60_000
    script = (
        "import os\n"
        "from k8slint.lint.write import FileReplacement, replace_files\n"
        f"old, new = {old[:4]!r} * 50_000, {new[:4]!r} * 60_000\n"
        "print(flush=True)\n"
        "while True:\n"
        "    assert not replace_files([FileReplacement('x.yaml', old, new)], [os.getcwd()])\n"
        "    old, new = new, old\n"
    )
    make(tmp_path, {"x.yaml": old})
    draw = random.Random(0)
    seen = set()
    left_behind = kills = 0
    while kills < 8 or (not left_behind and kills < 200):  # A busy machine is slow to begin.
        kills += 1
        make(tmp_path, {"x.yaml": old})
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(draw.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        found = contents(tmp_path)
        seen.add(found.pop("x.yaml"))
        assert all(map(IS_TEMPORARY, found))
        left_behind += len(found)
        remove_leftovers([str(tmp_path / "x.yaml")])
        assert [*contents(tmp_path)] == ["x.yaml"]
    assert seen <= {old, new}
    assert left_behind, "it was killed while it wrote"


def test_the_target_is_whole_at_any_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each step that could be the last one, the file is the old one or the new one."""
    states = set()

    def watched(step: object) -> object:
        def run(*arguments: object, **how: object) -> object:
            others = [one.name for one in file.parent.iterdir() if one != file]
            assert all(map(IS_TEMPORARY, others))
            states.add((file.read_text(), len(others)))
            return step(*arguments, **how)  # type: ignore[operator]

        return run

    for name in ("open", "write", "fchmod", "fsync", "replace", "unlink"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    assert not replace(file)
    assert states == {(ERROR, 0), (ERROR, 1)}
    assert contents(file.parent) == {file.name: FIXED.encode()}


def test_the_longest_names(tmp_path: Path) -> None:
    name = f"{'x' * 250}.yaml"
    make(tmp_path, {name: ERROR})
    assert not fix(tmp_path)
    assert contents(tmp_path) == {name: FIXED.encode()}
