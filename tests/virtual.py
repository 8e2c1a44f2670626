"""Shell scripts run against a clock that advances only while every process waits.

`sleep` is a script that writes down for how long and stops itself. When nothing runs any more, the
one that is due next is continued, and the clock stands at its time. So hours pass in milliseconds,
and what runs at the same time takes no longer than it would.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
NOBODY = "99999999"  # no process can have this id
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
_HARMLESS = sum(
    1 << number - 1 for number in (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
)
_REAL_SECONDS = 15
_STEPS = 250

SLEEP = r"""#!/bin/sh
[ $# -gt 0 ] || exit 1
for d; do
    case $d in inf|infinity) continue ;; esac
    case ${d%[smhd]} in ''|.|*[!0-9.]*|*.*.*) exit 1 ;; esac
done
echo "sleep $$ $*" >> "$HOOK_LOG"
kill -STOP $$
"""
USLEEP = """#!/bin/sh
echo "usleep $$ $1" >> "$HOOK_LOG"
kill -STOP $$
"""
STOP = '#!/bin/sh\necho "stop ${0##*/} $*" >> "$HOOK_LOG"\nexit $HOOK_STATUS\n'
# Says yes a few times, then no: what a loop that waits for an end asks.
PROBE = f"""#!/bin/sh
[ "$1" = -0 ] || {{
{STOP.split(chr(10), 1)[1]}
}}
read n < "$HOOK_LEFT"
echo $((n - 1)) > "$HOOK_LEFT"
[ "$n" -gt 0 ]
"""
UP_TO = r"""#!/bin/sh
for word; do case $word in [0-9]*) limit=$word ;; esac; done
[ "$HOOK_STATUS" = 0 ] && exit
sleep "$limit"
exit 1
"""
CODE = r"""#!/bin/sh
n=${2##*[ (]}
n=${n%%)*}
case ${0##*/} in
    node) n=${2##*,}; usleep "${n%)*}000" ;;
    *) sleep "$n" ;;
esac
"""
PASS_ON = '#!/bin/sh\n[ "$1" = -- ] && shift\nexec "$@"\n'
# The clock ends what it is told of, as `timeout` does, and leaves a file behind.
LIMIT = r"""#!/bin/sh
after=
[ "$1" = -k ] && { after=$2; shift 2; }
limit=$1; shift
"$@" &
child=$!
echo "timer $child $limit $after" >> "$HOOK_LOG"
wait $child
status=$?
[ -e "$HOOK_LOG.$child" ] && exit 124
exit $status
"""
REAL = (
    *("true", "false", "env", "nice", "seq", "cat", "echo", "test", "printf", "dash", "sh"),
    *("grep", "nohup", "touch", "rm", "mkdir", "head", "wc", "tr", "expr", "ls", "basename"),
)


class Run(NamedTuple):
    """When the shell ended, when nobody held its output any more, and the stops by time.

    Where it `goes_on`, it was given up at these times.
    """

    exits: float
    closes: float
    stops: tuple[tuple[str, float], ...]
    status: int | None
    goes_on: bool = False


class NeverEnds(Exception):
    """It computes for ever: the clock cannot advance."""


def make_programs(folder: Path) -> Path:
    """The folder with the programs that scripts find on their PATH."""
    scripts = {
        "sleep": SLEEP, "usleep": USLEEP, "pidof": f"#!/bin/sh\necho {NOBODY}\n",
        "curl": UP_TO, "wget": UP_TO, "ping": UP_TO, "timeout": LIMIT, "tini": PASS_ON,
        "killall": PROBE, **dict.fromkeys(("nginx", "pkill", "nodetool", "consul"), STOP),
        **dict.fromkeys(("python3", "perl", "node"), CODE),
    }  # fmt: skip
    programs = folder / "bin"
    programs.mkdir()
    for name, text in scripts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for name in REAL:
        (programs / name).symlink_to(shutil.which(name) or "/bin/false")
    return programs


def adopt_orphans() -> None:
    """Become the parent of all that descends from this process: called in each worker."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def run(argv: Sequence[str], env: dict[str, str], folder: str, left: str) -> Run | None:
    """Run a script to its end; None where it never waits. No other child may be around."""
    log, counter = Path(folder) / f"log.{os.getpid()}", Path(folder) / f"left.{os.getpid()}"
    log.write_text("")
    counter.write_text(left)
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=write_end, stderr=write_end, cwd="/",
        env={**env, "HOOK_LOG": str(log), "HOOK_LEFT": str(counter)}, start_new_session=True,
    )  # fmt: skip
    os.close(write_end)
    try:
        return _Clock(process, log, read_end).run()
    except NeverEnds:
        return None
    finally:
        _end_all(process)
        os.close(read_end)
        for expired in Path(folder).glob(f"{log.name}.*"):
            expired.unlink()


def _end_all(process: subprocess.Popen[bytes]) -> None:
    while found := [*_descendants(os.getpid())]:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _reap(process)


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Take leave of ended children; that of the shell itself is left to `process`."""
    process.poll()
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None:
            return
        if found.si_pid == process.pid:
            process.wait()
        else:
            os.waitpid(found.si_pid, 0)


def _descendants(pid: int) -> Iterator[int]:
    for child in _read(f"/proc/{pid}/task/{pid}/children").split():
        yield int(child)
        yield from _descendants(int(child))


def _read(path: str) -> bytes:
    """What a file of /proc says; nothing where its process is gone."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(file, 4096)
    except OSError:
        return b""
    finally:
        os.close(file)


class _Clock:
    def __init__(self, process: subprocess.Popen[bytes], log: Path, output: int) -> None:
        self.process = process
        self.log = log
        self.output = output
        self.now = 0.0
        self.lines = 0
        self.due: dict[int, float] = {}
        self.timers: list[tuple[float, int, int]] = []
        self.stops: list[tuple[str, float]] = []
        self.exits = self.closes = math.inf

    def run(self) -> Run:
        for _ in range(_STEPS):
            self.settle()
            self.read_log()
            if self.exits == math.inf and self.process.poll() is not None:
                self.exits = self.now
            if self.exits < math.inf and self.is_closed():
                self.closes = self.now
                break
            if not self.advance():
                break
        else:
            return Run(self.now, self.now, tuple(self.stops), None, goes_on=True)
        return Run(self.exits, self.closes, tuple(self.stops), self.process.returncode)

    def settle(self) -> None:
        """Wait until every process waits for another one, or for the clock."""
        until = time.monotonic() + _REAL_SECONDS
        before = None
        while time.monotonic() < until:
            _reap(self.process)
            states = self.look()
            if states is not None and states == before:
                return
            before = states
            time.sleep(0.001)
        raise NeverEnds

    def look(self) -> dict[int, tuple[str, bytes]] | None:
        """Each process with how often it has run; None where one runs, or is to be ended."""
        states: dict[int, tuple[str, bytes]] = {}
        for pid in _descendants(os.getpid()):
            state = _read(f"/proc/{pid}/stat").rpartition(b")")[2][1:2].decode()
            if not state or state not in "STZ":
                return None
            # A process calls itself asleep a little before it is, and may be preempted there.
            if state == "S" and _read(f"/proc/{pid}/syscall") == b"running\n":
                return None
            if state == "T" and self.is_ended(pid):
                self.send(pid, signal.SIGCONT)
                return None
            states[pid] = state, _read(f"/proc/{pid}/schedstat")
        return states

    def is_ended(self, pid: int) -> bool:
        """Whether a stopped process has been sent a signal: a sleeping one would have got it."""
        status = _read(f"/proc/{pid}/status").decode()
        pending = (int(line.split()[1], 16) for line in status.splitlines() if "Pnd:" in line)
        return any(signals & ~_HARMLESS for signals in pending)

    def read_log(self) -> None:
        lines = self.log.read_text().splitlines()
        for line in lines[self.lines :]:
            kind, *rest = line.split()
            if kind == "sleep":
                self.due[int(rest[0])] = self.now + sum(map(read_seconds, rest[1:]))
            elif kind == "usleep":
                self.due[int(rest[0])] = self.now + float(rest[1]) / 1_000_000
            elif kind == "timer":
                self.start_timer(*rest)
            else:
                self.stops.append((rest[0], self.now))
        self.lines = len(lines)

    def start_timer(self, child: str, limit: str, after: str = "") -> None:
        if not (seconds := read_seconds(limit)):
            return
        self.timers.append((self.now + seconds, int(child), signal.SIGTERM))
        if after:
            last = self.now + seconds + read_seconds(after)
            self.timers.append((last, int(child), signal.SIGKILL))

    def is_closed(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            while os.read(self.output, 65536):
                pass
            return True
        return False

    def advance(self) -> bool:
        """Let the time of the next event come; False where there is none."""
        alive = {*_descendants(os.getpid())}
        self.due = {pid: at for pid, at in self.due.items() if pid in alive}
        self.timers = [timer for timer in self.timers if timer[1] in alive]
        moments = [*self.due.values(), *(at for at, _, _ in self.timers)]
        self.now = min(moments, default=math.inf)
        if self.now == math.inf:
            return False
        # What ends at its limit is ended by it: the other way round is a race.
        for timer in [timer for timer in self.timers if timer[0] == self.now]:
            self.timers.remove(timer)
            Path(f"{self.log}.{timer[1]}").touch()
            for pid in (timer[1], *_descendants(timer[1])):
                self.send(pid, timer[2])
                self.send(pid, signal.SIGCONT)
        for pid in [pid for pid, at in self.due.items() if at == self.now]:
            del self.due[pid]
            self.send(pid, signal.SIGCONT)
        return True

    def send(self, pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def read_seconds(text: str) -> float:
    if text.startswith("inf"):
        return math.inf
    return float(text.rstrip("smhd")) * UNITS.get(text[-1], 1)
