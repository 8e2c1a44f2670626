"""`--fix` beside other programs, other runs and signals: nothing is torn, lost or left behind."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import random
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from k8slint.lint import file_places
from k8slint.lint.workers import _PATIENCE
from k8slint.lint.write import FileReplacement, remove_leftovers, replace_files, write_report
from tests.command import check, contents, environment, make
from tests.manifests import ERROR, FIXED, pod
from tests.tiers import long_except, long_where

fcntl = pytest.importorskip("fcntl", reason="Windows has other locks, and other signals")

# `make rounds` asks for 300, of 300 files each.
ROUNDS = int(os.environ.get("K8SLINT_ROUNDS", "3"))
FILES = 300 if ROUNDS > 3 else 40

CHANGED = "it changed on disk since it was read: run again"
IS_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.k8slint-tmp").fullmatch
LEFTOVER = ".0123456789abcdef.k8slint-tmp"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make(tmp_path, {"above/named/sub/x.yaml": ERROR})
    return tmp_path / "above/named/sub/x.yaml"


def replace(file: Path, old: str = ERROR, new: str = FIXED) -> str:
    """Why a file was not replaced; empty where it was. Its folder's folder was named."""
    wanted = [FileReplacement(str(file), old.encode(), new.encode())]
    return replace_files(wanted, [os.path.realpath(file.parent.parent)]).get(str(file), "")


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, step: str, act: Callable[[], object], module: Any = os
) -> None:
    """Have something happen before a step of writing is taken for the first time."""
    real = getattr(module, step)
    acts = iter([act])

    def run(*arguments: Any, **how: Any) -> Any:
        for one in acts:
            one()
        return real(*arguments, **how)

    monkeypatch.setattr(module, step, run)


def open_files() -> Iterator[os.stat_result]:
    """The state of each file that this process has open."""
    for descriptor in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):
            yield os.fstat(int(descriptor.name))


def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No locks, no folders to look names up in, and no renaming of what is open."""
    monkeypatch.setattr("k8slint.lint.write._LOCKS", False)
    monkeypatch.setattr(os, "supports_dir_fd", set())
    for name in ("fchown", "fchmod", "listxattr"):
        monkeypatch.delattr(os, name, raising=False)
    rename = os.replace

    def refuse_open(source: str, target: str) -> None:
        touched = [Path(one).stat() for one in (source, target) if Path(one).exists()]
        if any(os.path.samestat(one, other) for one in touched for other in open_files()):
            raise PermissionError(errno.EACCES, "Access is denied")
        rename(source, target)

    monkeypatch.setattr(os, "replace", refuse_open)


def put_another_there(file: Path) -> None:
    (file.parent / "other").write_text(ERROR, encoding="utf-8")
    (file.parent / "other").replace(file)


def put_a_link_there(file: Path) -> None:
    file.rename(file.parent / "moved")
    file.symlink_to("moved")


def put_a_pipe_there(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


# What another program may do to a file while its new text is stored.
CHANGES: dict[str, Callable[[Path], object]] = {
    "longer": lambda file: file.write_text(f"{ERROR}# more\n", encoding="utf-8"),
    "shorter": lambda file: file.write_text(ERROR[:-1], encoding="utf-8"),
    "as long": lambda file: file.write_text(ERROR.replace("60", "61"), encoding="utf-8"),
    "another": put_another_there,
    "a link": put_a_link_there,
    "a pipe": put_a_pipe_there,
    "a mode": lambda file: file.chmod(0o640),
    "a second name": lambda file: (file.parent / "second").hardlink_to(file),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_others_do_meanwhile_is_kept(
    file: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    seen: list[os.stat_result] = []

    def act() -> None:
        CHANGES[change](file)
        seen.append(file.lstat())

    meanwhile(monkeypatch, "fsync", act)
    assert replace(file) == CHANGED
    after = file.lstat()
    assert (after.st_ino, after.st_mode, after.st_ctime_ns) == (
        *(seen[0].st_ino, seen[0].st_mode, seen[0].st_ctime_ns),
    )
    assert left_in(file.parent) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [("a link", CHANGED), ("a pipe", "it is a named pipe, not a regular file")],
)
def test_what_takes_its_place_just_before_it_is_opened(
    file: Path, monkeypatch: pytest.MonkeyPatch, change: str, reason: str
) -> None:
    meanwhile(monkeypatch, "FileIO", lambda: CHANGES[change](file), file_places)
    assert replace(file) == reason
    assert left_in(file.parent) == []


def test_a_file_that_was_longer(file: Path) -> None:
    assert replace(file, old=f"{ERROR}# more\n") == CHANGED


def test_a_file_that_grows_whenever_it_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.read

    def read(descriptor: int, size: int) -> bytes:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("# more\n" * 10_000)
        assert file.stat().st_size < 10_000_000, "it reads for ever"
        return real(descriptor, size)

    monkeypatch.setattr(os, "read", read)
    assert replace(file) == CHANGED


def left_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if IS_TEMPORARY(one.name)]


class TestFolders:
    """A file is written in the folder that was looked at, whatever takes that folder's place."""

    @pytest.fixture
    def outside(self, tmp_path: Path) -> Path:
        names = ["x.yaml", "sub/x.yaml", "named/sub/x.yaml"]
        make(tmp_path / "outside", dict.fromkeys(names, ERROR))
        return tmp_path / "outside"

    @pytest.mark.parametrize("step", ["fsync", "replace"])
    def test_a_link_that_takes_the_place_of_a_folder(
        self, file: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        moved = file.parent.with_name("moved")

        def swap() -> None:
            file.parent.rename(moved)
            file.parent.symlink_to(outside)

        meanwhile(monkeypatch, step, swap)
        assert replace(file) == ""
        assert (moved / "x.yaml").read_text() == FIXED
        assert {*contents(outside).values()} == {ERROR.encode()}

    @pytest.mark.parametrize("above", [1, 2, 3])
    def test_it_does_so_before_the_folder_is_opened(
        self, file: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, above: int
    ) -> None:
        folder = file.parents[above - 1]

        def swap(real: Path) -> None:
            folder.rename(folder.with_name("moved"))
            folder.symlink_to(outside)

        real = os.path.realpath
        acts = iter([swap])

        def realpath(path: str) -> str:
            found = real(path)
            for act in acts:
                act(Path(found))
            return found

        wanted = [FileReplacement(str(file), ERROR.encode(), FIXED.encode())]
        roots = [real(file.parents[1])]
        monkeypatch.setattr(os.path, "realpath", realpath)
        assert replace_files(wanted, roots) == {str(file): CHANGED}
        assert {*contents(outside).values()} == {ERROR.encode()}

    @pytest.mark.parametrize("named", ["deploy", "deploy/x.yaml", "deploy/sub", "way/deploy"])
    def test_a_folder_link_out_of_the_repository(
        self, tmp_path: Path, outside: Path, named: str
    ) -> None:
        make(tmp_path, {"repository/.git/HEAD": "", "repository/real/y.yaml": ERROR})
        repository = tmp_path / "repository"
        (repository / "deploy").symlink_to("../outside")
        (repository / "way").symlink_to(".")
        ran = check(repository, named, "real", "--fix", "-q")
        assert ran.code == 2
        assert f"leads to {outside}/" in ran.err
        assert {*contents(outside).values()} == {ERROR.encode()}
        assert (repository / "real/y.yaml").read_text() == FIXED

    def test_into_another_repository(self, tmp_path: Path, outside: Path) -> None:
        make(tmp_path, {"repository/.git/HEAD": "", "outside/.git/HEAD": ""})
        (tmp_path / "repository/deploy").symlink_to(outside)
        assert check(tmp_path / "repository", "deploy", "--fix", "-q").code == 2
        assert (outside / "x.yaml").read_text() == ERROR

    @pytest.mark.parametrize("target", ["real", "../repository/real"])
    def test_a_folder_link_within_the_repository(self, tmp_path: Path, target: str) -> None:
        make(tmp_path, {"repository/.git/HEAD": "", "repository/real/y.yaml": ERROR})
        (tmp_path / "repository/deploy").symlink_to(target)
        assert check(tmp_path / "repository", "deploy", "--fix", "-q").code == 0
        assert (tmp_path / "repository/real/y.yaml").read_text() == FIXED

    @pytest.mark.parametrize("is_there", [True, False])
    def test_a_baseline_that_leads_out_of_the_repository(
        self, tmp_path: Path, is_there: bool
    ) -> None:
        make(tmp_path, {"repository/.git/HEAD": "", "repository/x.yaml": ERROR})
        old = b'{"version": 1, "entries": []}\n'
        make(tmp_path, {"precious": old} if is_there else {})
        (tmp_path / "repository/.k8slint-baseline.json").symlink_to("../precious")
        ran = check(tmp_path / "repository", "--write-baseline", "-q")
        assert ran.code == 2
        assert f"leads out of {tmp_path}/repository, to {tmp_path}/precious" in ran.err
        assert contents(tmp_path).get("precious") == (old if is_there else None)

    def test_a_baseline_that_becomes_a_link_while_it_is_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make(tmp_path, {"repository/.git/HEAD": "", "repository/x.yaml": ERROR, "precious": "old"})

        def rendered(_: object) -> str:
            (tmp_path / "repository/.k8slint-baseline.json").symlink_to("../precious")
            return "new"

        monkeypatch.setattr("k8slint.lint.baseline.render_entries", rendered)
        ran = check(tmp_path / "repository", "--write-baseline", "-q")
        assert "leads out of" in ran.err
        assert (tmp_path / "precious").read_text() == "old"


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python reaches them on Linux only")
class TestAttributes:
    """All that is known of a file stays, or the file does."""

    ACL = "system.posix_acl_access"

    def set(self, path: Path, name: str, value: bytes) -> None:
        try:
            os.setxattr(path, name, value)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EPERM):
                raise
            pytest.skip(f"no {name} for {path}")

    def attributes(self, path: Path) -> dict[str, bytes]:
        return {name: os.getxattr(path, name) for name in os.listxattr(path)}

    def acl(self, user: int, mask: int) -> bytes:
        """`rw-` for the owner and a user, within a mask; see linux/posix_acl_xattr.h."""
        nobody = 0xFFFFFFFF
        entries = [(1, 6, nobody), (2, 6, user), (4, 4, nobody), (16, mask, nobody)]
        packed = (struct.pack("<HHI", *one) for one in (*entries, (32, 4, nobody)))
        return struct.pack("<I", 2) + b"".join(packed)

    def test_they_are_kept(self, file: Path) -> None:
        self.set(file, "user.note", b"kept\0")
        self.set(file, self.ACL, self.acl(user=12345, mask=6))
        if os.getuid() == 0:
            self.set(file, "security.capability", struct.pack("<5I", 0x02000001, 1, 0, 0, 0))
            self.set(file, "trusted.note", b"kept")
        before, mode = self.attributes(file), file.stat().st_mode
        assert replace(file) == ""
        assert (self.attributes(file), file.stat().st_mode) == (before, mode)
        assert file.read_text() == FIXED

    def test_what_the_folder_gives_to_new_files_is_not(self, file: Path) -> None:
        self.set(file.parent, "system.posix_acl_default", self.acl(user=12345, mask=6))
        assert replace(file) == ""
        assert self.attributes(file) == {}
        assert stat.S_IMODE(file.stat().st_mode) == 0o644

    @pytest.mark.parametrize(
        ("name", "what"),
        [("user.note", "extended attribute user.note"), (ACL, "ACL")],
    )
    def test_what_cannot_be_kept_is_told(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str
    ) -> None:
        self.set(file, name, self.acl(user=12345, mask=6))

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "setxattr", refuse)
        assert replace(file) == f"its {what} cannot be kept: Operation not permitted"
        assert file.read_text() == ERROR
        assert left_in(file.parent) == []

    @pytest.mark.parametrize(("number", "reason"), [(errno.ENOTSUP, ""), (errno.EIO, "odd")])
    def test_attributes_that_are_none_and_that_nobody_can_tell(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
    ) -> None:
        def refuse(_: int) -> None:
            raise OSError(number, "odd")

        monkeypatch.setattr(os, "listxattr", refuse)
        assert replace(file) == reason

    def test_a_mode_that_the_system_does_not_give(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As Linux leaves setgid out, without a word, for a group that the caller is not in."""
        file.chmod(0o2755)
        real = os.fchmod
        monkeypatch.setattr(os, "fchmod", lambda file, mode: real(file, mode & ~stat.S_ISGID))
        assert replace(file) == "its mode 2755 cannot be kept"
        assert file.read_text() == ERROR


class TestLocks:
    """Runs wait for each other, and take away what only a dead one can have left."""

    @contextmanager
    def locked(self, path: Path) -> Iterator[None]:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def test_who_waits_too_long_says_so(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("k8slint.lint.write._PATIENCE", 0.05)
        with self.locked(file):
            assert replace(file) == "another program has it locked: run again"
        assert contents(file.parent) == {"x.yaml": ERROR.encode()}
        assert replace(file) == ""

    def test_who_waited_compares_anew(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The winner has let go of the lock, and its file has the same text."""
        meanwhile(monkeypatch, "flock", lambda: put_another_there(file), fcntl)
        assert replace(file) == CHANGED

    def test_without_locks_files_are_compared_all_the_same(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", refuse)
        make(file.parent, {LEFTOVER: "who knows"})
        assert replace(file, old="old") == CHANGED
        assert replace(file) == ""
        remove_leftovers([str(file)])
        assert left_in(file.parent) == [LEFTOVER], "it may be in use"

    def test_as_on_windows(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without locks, and without open folders to look names up in."""
        as_on_windows(monkeypatch)
        assert replace(file, old="old") == CHANGED
        assert replace(file) == ""
        assert contents(file.parent) == {"x.yaml": FIXED.encode()}
        meanwhile(monkeypatch, "fsync", lambda: file.write_text(ERROR, encoding="utf-8"))
        assert replace(file, old=FIXED, new=FIXED * 2) == CHANGED

    def test_windows_renames_nothing_that_is_open(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_on_windows(monkeypatch)
        assert replace(file) == ""
        assert file.read_text() == FIXED
        write_report(str(file), b"report")
        write_report(str(file.parent / "new.txt"), b"report")
        assert contents(file.parent) == {"x.yaml": b"report", "new.txt": b"report"}

    def test_who_has_it_open_on_windows_is_waited_for(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_on_windows(monkeypatch)
        with file.open() as scanned:
            monkeypatch.setattr("time.sleep", lambda _: scanned.close())
            assert replace(file) == ""
        assert file.read_text() == FIXED
        monkeypatch.setattr("k8slint.lint.write._PATIENCE", 0.0)
        with file.open():
            assert replace(file, old=FIXED, new=ERROR) == (
                "another program has it open: run again"
            )
        assert contents(file.parent) == {"x.yaml": FIXED.encode()}

    def test_leftovers_are_removed_unless_in_use(self, file: Path) -> None:
        others = [".x.yaml.k8slint-tmp", f"{LEFTOVER}~", "0123456789abcdef.k8slint-tmp"]
        make(file.parent, dict.fromkeys([LEFTOVER, LEFTOVER.replace("0", "f"), *others], "text"))
        with self.locked(file.parent / LEFTOVER):
            remove_leftovers([str(file)])
            assert sorted(contents(file.parent)) == sorted([LEFTOVER, "x.yaml", *others])
        remove_leftovers([str(file)])
        assert sorted(contents(file.parent)) == sorted(["x.yaml", *others])

    def test_what_is_no_leftover_stays(self, file: Path, tmp_path: Path) -> None:
        make(tmp_path, {"precious": "kept"})
        names = [LEFTOVER.replace("0", digit) for digit in "abc"]
        os.mkfifo(file.parent / names[0])
        (file.parent / names[1]).symlink_to(tmp_path / "precious")
        (file.parent / names[2]).mkdir()
        remove_leftovers([str(file), str(tmp_path / "nowhere/x.yaml")])
        assert sorted(left_in(file.parent)) == names
        assert (tmp_path / "precious").read_text() == "kept"

    def test_a_new_file_that_is_taken_for_a_leftover(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        removed = []

        def remove() -> None:
            removed.extend(left_in(file.parent))
            monkeypatch.undo()
            remove_leftovers([str(file)])

        meanwhile(monkeypatch, "flock", remove, fcntl)
        assert replace(file) == ""
        assert len(removed) == 1
        assert contents(file.parent) == {"x.yaml": FIXED.encode()}

    def test_a_failure_that_is_none(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """NFS sends a request again whose answer was lost, and is told that there is no file."""
        real = os.replace

        def rename(*arguments: Any, **how: Any) -> None:
            real(*arguments, **how)
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")

        monkeypatch.setattr(os, "replace", rename)
        assert replace(file) == ""
        assert contents(file.parent) == {"x.yaml": FIXED.encode()}


# Two runs repair different parts of each file.
SLEEPS = pod(app="lifecycle: {preStop: {exec: {command: [sleep, '5']}}}\n")
PARTS = {
    ("--select", "GS001"): ERROR,
    ("--select", "GS202", "--kubernetes-version", "1.33"): SLEEPS,
}
OLD = "---\n".join(PARTS.values())
NEW = {
    ERROR: FIXED,
    SLEEPS: SLEEPS.replace("exec: {command: [sleep, '5']}", "sleep: {seconds: 5}"),
}
MODES = [0o600, 0o640, 0o644, 0o664, 0o755]
JOBS = ["1", "2", "3"]
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL]


FIX = ("check", ".", "--fix", "-q")
# Workers even for few bytes, and no long work of those that are told to end.
PROGRAM = """
import multiprocessing
multiprocessing.set_start_method({method!r})
from k8slint.lint import run, workers
run._FIX_POOL_ABOVE, workers._PATIENCE = 0, 0.1
from k8slint.__main__ import main
main()
"""


def filled(folder: Path) -> dict[str, int]:
    """Make the files of a round; the mode of each."""
    modes = dict(zip((f"{n:03}.yaml" for n in range(FILES)), itertools.cycle(MODES), strict=False))
    make(folder, dict.fromkeys(modes, OLD))
    for name, mode in modes.items():
        (folder / name).chmod(mode)
    return modes


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def started(
    folder: Path, *arguments: str, method: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A run in a process group of its own, as a terminal or a CI job has it."""
    piped = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(method=method), *FIX, *arguments],
        cwd=folder,
        env=environment(),
        stdout=piped,
        stderr=piped,
        start_new_session=True,
    ) as run:
        try:
            yield run
        except BaseException:
            os.killpg(run.pid, signal.SIGKILL)
            raise


@pytest.mark.long
def test_two_runs_at_once(tmp_path: Path) -> None:
    """A part of a file is repaired where the run says so, and only there."""
    draw = random.Random(0)
    losses = 0
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        modes = filled(folder)
        words = [(*one, "--output-format", "json", "-j", draw.choice(JOBS)) for one in PARTS]
        with started(folder, *words[0]) as first:
            time.sleep(draw.choice([0, 0, 0.05]))
            with started(folder, *words[1]) as second:
                told = [run.communicate(timeout=120)[0] for run in (first, second)]
        assert {one.name: mode_of(one) for one in folder.iterdir()} == modes
        texts = {name: text.split(b"---\n") for name, text in contents(folder).items()}
        for part, (out, old) in enumerate(zip(told, PARTS.values(), strict=True)):
            report = json.loads(out)
            problems = report["summary"]["problems"]
            assert {one["message"] for one in problems} <= {f"not fixed: {CHANGED}"}
            unfixed = {one["path"] for one in problems}
            losses += len(unfixed)
            assert {n for n, text in texts.items() if text[part] == old.encode()} == unfixed
            fixed = {n for n, text in texts.items() if text[part] == NEW[old].encode()}
            assert fixed == {*modes} - unfixed
            assert report["summary"]["fixed"] == len(fixed)
        shutil.rmtree(folder)
    print(f"{ROUNDS} rounds, {ROUNDS * FILES} files: {losses} times one changed under a run")
    assert losses, "they never met"


@pytest.mark.long
@pytest.mark.usefixtures("interruptible")
def test_kills_at_any_moment(tmp_path: Path) -> None:
    """Each file is the old one or the new one; only SIGKILL leaves more, and the next run none."""
    draw = random.Random(0)
    whole = seconds(tmp_path / "whole")
    new = OLD.replace(ERROR, FIXED).encode()
    left_by: Counter[str] = Counter()
    begun = 0
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        modes = filled(folder)
        which = SIGNALS[number % len(SIGNALS)]
        with started(folder, "--select", "GS001", "-j", draw.choice(JOBS)) as run:
            if number % 8 < len(SIGNALS):  # Most of the time nothing is written: wait for that.
                while run.poll() is None and not left_in(folder):
                    time.sleep(0.000_2)
                time.sleep(draw.uniform(0, 0.02))
            else:
                time.sleep(draw.uniform(0, whole))
            if run.poll() is None:
                draw.choice([os.kill, os.killpg])(run.pid, which)
            run.communicate(timeout=60)
        assert_all_end(run.pid)
        texts = contents(folder)
        left = {name: texts.pop(name) for name in left_in(folder)}
        assert (run.returncode == 0) <= ({*texts.values()} == {new}), "it ended too soon"
        assert {*texts.values()} <= {OLD.encode(), new}
        assert {name: mode_of(folder / name) for name in texts} == modes
        begun += new in texts.values()
        left_by[which.name] += len(left)
        assert check(folder, "--fix", "-q", "--select", "GS001").code == 0
        assert contents(folder) == dict.fromkeys(modes, new)
        assert {name: mode_of(folder / name) for name in texts} == modes
        shutil.rmtree(folder)
    print(f"{ROUNDS} kills, {begun} while files were written; left behind: {dict(+left_by)}")
    assert begun
    assert (+left_by).keys() <= {"SIGKILL"}


def seconds(folder: Path) -> float:
    """How long a run takes that nobody ends."""
    filled(folder)
    begin = time.monotonic()
    with started(folder, "--select", "GS001", "-j", "1") as run:
        assert run.communicate(timeout=120) == (b"", b"")
    return time.monotonic() - begin


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("which", "kill"),
    long_where(
        lambda which, kill: which != (signal.SIGKILL if kill == os.kill else signal.SIGINT),
        SIGNALS,
        (os.kill, os.killpg),
    ),
)
def test_workers_end_with_the_main_process(
    tmp_path: Path, which: signal.Signals, kill: Callable[[int, int], None]
) -> None:
    """One has nothing to do, the others are at files that take them much longer."""
    large = "---\n".join([ERROR] * 5_000)
    make(tmp_path, {"00.yaml": ERROR, "01.yaml": large, "02.yaml": large})
    with started(tmp_path, "-j", "3") as run:
        while (tmp_path / "00.yaml").read_text() != FIXED:
            assert run.poll() is None
            time.sleep(0.01)
        time.sleep(0.05)  # Till the first worker waits for more.
        kill(run.pid, which)
        begin = time.monotonic()
        out, err = run.communicate(timeout=60)
        assert_all_end(run.pid)
    assert time.monotonic() - begin < 8 - _PATIENCE
    assert (out, err) == (b"", b"")
    assert run.returncode == (-which if which == signal.SIGKILL else 128 + which)
    assert sorted(contents(tmp_path)) == ["00.yaml", "01.yaml", "02.yaml"]


@pytest.mark.parametrize("method", long_except(("spawn", "forkserver"), "spawn"))
def test_workers_end_however_they_are_started(tmp_path: Path, method: str) -> None:
    """Python 3.14 starts them in another way, and so do other systems."""
    make(tmp_path, {f"{n:02}.yaml": "---\n".join([ERROR] * 200) for n in range(20)})
    with started(tmp_path, "-j", "2", method=method) as run:
        number = (tmp_path / "00.yaml").stat().st_ino
        while (tmp_path / "00.yaml").stat().st_ino == number:
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
        run.communicate(timeout=60)
        assert_all_end(run.pid)
    assert left_in(tmp_path) == []


def assert_all_end(group: int) -> None:
    """The processes of a run are gone soon after its first."""
    end = time.monotonic() + 3
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            assert time.monotonic() < end, "workers go on"
            time.sleep(0.01)
