"""What is read from a hook, against what dash, bash and BusyBox really do.

Hooks are made in the grammar that is read, `sleep` and the stop commands are replaced by
recorders, and what was recorded has to lie in the predicted span.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.shell import Reading, read
from tests.places import DATA

TABLE = DATA / "hooks.yaml"
pytestmark = pytest.mark.programs

EXAMPLES = 2_050
UNIT = 0.1
MUTANTS = 600
NOBODY = "99999999"  # no process can have this id
SHELLS = {
    "dash": ("dash", ["dash"]),
    "bash": ("bash", ["bash"]),
    "bash as sh": ("sh", ["bash", "--posix"]),
    "busybox": ("ash", ["busybox", "sh"]),
}
REAL = ("true", "false", "env", "nice", "seq", "cat", "echo", "test", "printf", "dash", "sh",
        "grep", "nohup")  # fmt: skip

RECORDER = r"""#!/bin/sh
[ $# -gt 0 ] || exit 1
for d; do
    case $d in inf|infinity) continue ;; esac
    case ${d%[smhd]} in ''|.|*[!0-9.]*|*.*.*) exit 1 ;; esac
done
echo "sleep $*" >> "$HOOK_LOG"
"""
USLEEP = '#!/bin/sh\necho "usleep $1" >> "$HOOK_LOG"\n'
STOP = '#!/bin/sh\necho "stop ${0##*/} $*" >> "$HOOK_LOG"\nexit $HOOK_STATUS\n'
# Says yes a few times, then no: what a loop that waits for an end asks.
PROBE = """#!/bin/sh
read n < "$HOOK_LEFT"
echo $((n - 1)) > "$HOOK_LEFT"
[ "$n" -gt 0 ]
"""
UP_TO = r"""#!/bin/sh
for word; do case $word in [0-9]*) limit=$word ;; esac; done
[ "$HOOK_STATUS" = 0 ] || { echo "sleep $limit" >> "$HOOK_LOG"; exit 1; }
"""
CODE = r"""#!/bin/sh
n=${2##*[ (]}
n=${n%%)*}
case ${0##*/} in
    node) n=${2##*,}; echo "usleep ${n%)*}000" ;;
    *) echo "sleep $n" ;;
esac >> "$HOOK_LOG"
"""
PASS_ON = '#!/bin/sh\n[ "$1" = -- ] && shift\nexec "$@"\n'
# Runs the rest with a log of its own and keeps as much of it as fits into the limit.
LIMIT = r"""#!/bin/sh
[ "$1" = -k ] && shift 2
limit=$1; shift
mine=$HOOK_LOG.$$
: > "$mine"
HOOK_LOG=$mine "$@"
status=$?
/usr/bin/awk -v limit="$limit" '
function seconds(text, unit) {
    unit = substr(text, length(text))
    if (text ~ /^inf/) return 1e18
    return text * (unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 1)
}
{ takes = 0 }
$1 == "sleep" { for (i = 2; i <= NF; i++) takes += seconds($i) }
$1 == "usleep" { takes = $2 / 1000000 }
total + takes > limit + 0 { print "sleep " limit - total; over = 1; exit }
{ total += takes; print }
END { exit over }
' "$mine" >> "$HOOK_LOG" || status=124
exit $status
"""


# Making hooks


@dataclass(frozen=True)
class Made:
    """A piece of script, and the constructs in it."""

    text: str
    uses: frozenset[str]


def made(text: str, *uses: str, of: tuple[Made, ...] = ()) -> Made:
    return Made(text, frozenset(uses).union(*(part.uses for part in of)))


def fixed(text: str, *uses: str) -> st.SearchStrategy[Made]:
    return st.just(made(text, *uses))


NUMBER = st.integers(1, 9).map(str)
DURATION = st.one_of(
    NUMBER.map(lambda n: made(n, "sleep")),
    st.tuples(NUMBER, st.sampled_from("smhd")).map(lambda p: made("".join(p), "sleep unit")),
    st.sampled_from([".5", "0.25", "1.5", "2.5s", "0.5m"]).map(
        lambda t: made(t, "sleep fraction")
    ),
    st.tuples(NUMBER, NUMBER).map(lambda p: made(" ".join(p), "sleep operands")),
    st.sampled_from(["$D", '"$D"', "${D}"]).map(lambda t: made(t, "env variable")),
    st.sampled_from(["$A", "${A:-3}"]).map(lambda t: made(t, "script variable")),
    st.sampled_from(["${NONE:-4}", "${EMPTY:-2}", "${EMPTY:+7}2", "${D:+3}", "${EMPTY:=6}"]).map(
        lambda t: made(t, "default")
    ),
    st.sampled_from(["$((2+3))", "$((D*2))", "$(( $D - 1 ))", "$((7/2))", "$((A%3+1))"]).map(
        lambda t: made(t, "arithmetic")
    ),
    st.sampled_from(["$(echo 3)", "`echo 2`", "$(seq 2 2)"]).map(
        lambda t: made(t, "substitution")
    ),
    st.sampled_from(["'4'", '"5"', "1\\2", '"1"3']).map(lambda t: made(t, "quotes")),
    st.sampled_from(["infinity"]).map(lambda t: made(t, "infinity")),
    st.sampled_from(["5sec", "''", "-1", "x", "$EMPTY", "1h30m", "5,"]).map(
        lambda t: made(t, "bad operand")
    ),
)
SLEEP = DURATION.map(lambda d: made(f"sleep {d.text}", of=(d,)))
PLAIN_SLEEP = NUMBER.map(lambda n: made(f"sleep {n}", "sleep"))
STOPS = st.sampled_from(
    ["nginx -s quit", "nginx -s stop", "pkill -TERM app", "pkill -QUIT app", "killall app",
     "killall -s INT app", "nodetool drain", "consul leave"]
).map(lambda t: made(t, "stop command"))  # fmt: skip
KILL = st.sampled_from(
    [f"kill {NOBODY}", f"kill -15 {NOBODY}", f"kill -s QUIT {NOBODY}", "kill $(pidof app)"]
).map(lambda t: made(f"{t} 2>/dev/null", "kill"))
WAITS = st.one_of(
    st.sampled_from(["usleep 500000", "usleep 2000000"]).map(lambda t: made(t, "usleep")),
    st.sampled_from(["curl --max-time 3 http://localhost/stop", "curl -sm 4 localhost"]).map(
        lambda t: made(t, "curl")
    ),
    fixed("wget --tries=1 --timeout 2 localhost", "wget"),
    fixed("ping -c 3 localhost", "ping"),
    fixed("read -t 2 line", "read"),
    fixed("python3 -c 'import time; time.sleep(3)'", "python"),
    fixed("perl -e 'sleep 2'", "perl"),
    fixed("node -e 'setTimeout(()=>{},2000)'", "node"),
)
SMALL = st.one_of(
    fixed("true", "true"),
    fixed("false", "true"),
    fixed(":", "true"),
    fixed("echo stopping", "echo"),
    fixed("echo 'sleep 5; done'", "quotes"),
    fixed("A=4", "assignment"),
    fixed("A=$D", "assignment"),
    fixed("export A=6", "export"),
    fixed("A=$((A+1))", "arithmetic"),
    fixed("EMPTY=", "assignment"),
    fixed("unset A", "unset"),
    fixed("set -- 3 4", "set"),
    fixed("shift", "shift"),
    fixed("set -e", "errexit"),
    fixed("set +e", "errexit"),
    fixed("exit", "exit"),
    fixed("exit 3", "exit"),
    fixed("cd /tmp", "cd"),
    fixed("trap : TERM", "trap"),
    fixed("eval 'sleep 2'", "eval"),
    fixed("exec sleep 3", "exec"),
    fixed("exec env sleep 2", "exec"),
    fixed("env X=1 sleep 2", "env"),
    fixed("nice -n 5 sleep 2", "nice"),
    fixed("tini -- sleep 2", "tini"),
    fixed("command sleep 1", "command"),
    fixed("X=5 sh -c 'sleep $X'", "nested shell"),
    fixed("sh -ec 'false; sleep 9'", "nested shell"),
    fixed("cat <<END\nsleep 5\nEND", "here-document"),
    fixed("cat <<END >/dev/null\n$(sleep 2)\nEND", "here-document"),
    fixed("cat <<'END'\n$(sleep 2)\nEND", "here-document"),
    fixed("sleep 2 # sleep 3", "comment"),
    fixed("sleep \\\n 2", "line continuation"),
    fixed("T=$(sleep 2; echo 3); sleep 1", "substitution"),
    fixed('sleep "$1"', "positional"),
    fixed("sleep $#", "positional"),
    fixed("sleep $?", "status"),
    fixed("wait", "wait"),
    fixed("return 2", "return"),
)
TESTS = st.one_of(
    st.sampled_from(
        [
            "[ $D -gt 3 ]",
            '[ "$A" = 4 ]',
            '[ -n "$EMPTY" ]',
            "[ -z $EMPTY ]",
            "test 1 -lt 2",
            "[ ! -f /no/such ]",
            "[ -d / ]",
            "[ x != y ]",
            "! [ 1 -eq 2 ]",
            "[[ $D == 5 ]]",
        ]
    ).map(lambda t: made(t, "test")),
    fixed("true", "true"),
    fixed("false", "true"),
    STOPS,
    fixed("killall -0 app", "probe"),
)


def lists(part: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    operators = st.sampled_from(["; ", "\n", " && ", " || "])
    return st.tuples(part, operators, part).map(
        lambda p: made(
            _after(p[0].text, p[1]) + p[2].text, f"list {p[1].strip() or ';'}", of=(p[0], p[2])
        )
    )


def _after(text: str, operator: str) -> str:
    """Here-documents and comments want the end of their line for themselves."""
    ends_line = "<<" in text.rsplit("\nEND", 1)[-1] or text.endswith("END") or " # " in text
    return f"{{ {text}\n}}{operator}" if ends_line else text + operator


def shut(part: Made) -> str:
    return f"{part.text}\n"


def counting(head: str, construct: str, limit: str, part: Made) -> Made:
    """A loop with a counter, whose name tells it from the counters of the loops inside it."""
    n = f"n{len(part.text)}"
    head = head.replace("LIMIT", limit).replace("$n", f"${n}")
    return made(f"{n}=0; {head}; do {n}=$(({n}+1)); {shut(part)} done", construct, of=(part,))


def compound(part: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    return st.one_of(
        lists(part),
        lists(part),
        part.map(lambda p: made(f"( {shut(p)})", "subshell", of=(p,))),
        part.map(lambda p: made(f"{{ {shut(p)}}} | cat", "list |", of=(p,))),
        part.map(lambda p: made(f"echo | {{ {shut(p)}}}", "list |", of=(p,))),
        part.map(lambda p: made(f"{{ {shut(p)}}}", "group", of=(p,))),
        part.map(lambda p: made(f"! {{ {shut(p)}}}", "negation", of=(p,))),
        st.tuples(TESTS, part, part).map(
            lambda p: made(f"if {p[0].text}; then {shut(p[1])} else {shut(p[2])} fi", "if", of=p)
        ),
        st.tuples(TESTS, part, TESTS, part).map(
            lambda p: made(
                f"if {p[0].text}; then {shut(p[1])} elif {p[2].text}; then {shut(p[3])} fi",
                "elif",
                of=p,
            )
        ),
        st.tuples(st.sampled_from(["$D", "$A", "a.b", '"$HOME"']), part, part).map(
            lambda p: made(
                f"case {p[0]} in 5|6) {shut(p[1])};; a*) sleep 1;; *) {shut(p[2])};; esac",
                "case",
                of=p[1:],
            )
        ),
        part.map(lambda p: made(f"for i in 1 2 3; do {shut(p)} done", "for", of=(p,))),
        part.map(lambda p: made(f"for i in $(seq 1 $D); do {shut(p)} done", "for seq", of=(p,))),
        st.tuples(NUMBER, part).map(lambda p: counting("while [ $n -lt LIMIT ]", "while", *p)),
        st.tuples(NUMBER, part).map(lambda p: counting("until [ LIMIT = $n ]", "until", *p)),
        part.map(
            lambda p: made(f"while killall -0 app; do {shut(p)} done", "probe loop", of=(p,))
        ),
        part.map(
            lambda p: counting(
                "while killall -0 app && [ $n -lt LIMIT ]", "bounded probe loop", "6", p
            )
        ),
        st.tuples(part, st.sampled_from(["break", "continue"])).map(
            lambda p: made(
                f"for i in 1 2 3; do {shut(p[0])} [ $i = 2 ] && {p[1]}; sleep 1; done",
                p[1],
                of=p[:1],
            )
        ),
        part.map(lambda p: made(f"f() {{ {shut(p)}}}; f 2; f 3", "function", of=(p,))),
        part.map(
            lambda p: made(f"g() {{ local A=3; {shut(p)}sleep $1; }}; g 2", "local", of=(p,))
        ),
        part.map(lambda p: made(f"{{ {shut(p)}}} >/dev/null 2>&1", "redirect", of=(p,))),
        st.tuples(NUMBER, SLEEP).map(
            lambda p: made(f"timeout {p[0]} {p[1].text}", "timeout", of=p[1:])
        ),
        st.tuples(NUMBER, PLAIN_SLEEP).map(
            lambda p: made(
                f"timeout -k 2 {p[0]} sh -c '{p[1].text}; sleep 2'", "timeout -k", of=p[1:]
            )
        ),
    )


LEAF = st.one_of(SLEEP, SLEEP, PLAIN_SLEEP, STOPS, KILL, WAITS, SMALL, SMALL)
SCRIPT = st.recursive(LEAF, compound, max_leaves=6)
ARGUMENTS = st.sampled_from(
    [(["-c"], [], "-c"), (["-ec"], [], "-e"), (["-e", "-c"], [], "-e"), (["-c", "--"], [], "--"),
     (["-c"], ["hook", "2", "1"], "arguments"), (["-uc"], [], "-u")]
)  # fmt: skip

CONSTRUCTS = frozenset(
    {
        "sleep", "sleep unit", "sleep fraction", "sleep operands", "infinity", "bad operand",
        "env variable", "script variable", "default", "arithmetic", "substitution", "quotes",
        "stop command", "kill", "usleep", "curl", "wget", "ping", "read", "python", "perl",
        "node", "true", "echo", "assignment", "export", "unset", "set", "shift", "errexit",
        "exit", "trap", "eval", "exec", "env", "nice", "tini", "command", "nested shell",
        "here-document", "comment", "line continuation", "positional", "wait", "return", "test",
        "probe", "list ;", "list &&", "list ||", "list |", "subshell", "group", "negation", "if",
        "elif", "case", "for", "for seq", "while", "until", "probe loop", "bounded probe loop",
        "break", "continue", "function", "local", "redirect", "timeout", "timeout -k", "-c",
        "-e", "--", "arguments", "-u", "status", "cd",
    }
)  # fmt: skip


# Running them


@dataclass(frozen=True)
class Run:
    slept: float
    stops: tuple[tuple[str, float], ...]
    failed: bool


@pytest.fixture
def place(need: Callable[[str], str], recorders: Path) -> Path:
    """The folder with the recorders, in which hooks run; no test goes on without every shell."""
    for program in ("dash", "bash", "busybox", "awk"):
        need(program)
    return recorders


@pytest.fixture(scope="session")
def recorders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs that write down what they were asked to do."""
    folder = tmp_path_factory.mktemp("recorders")
    programs = {
        "sleep": RECORDER, "usleep": USLEEP, "pidof": f"#!/bin/sh\necho {NOBODY}\n",
        "curl": UP_TO, "wget": UP_TO, "ping": UP_TO, "timeout": LIMIT, "tini": PASS_ON,
        **dict.fromkeys(("nginx", "pkill", "nodetool", "consul"), STOP),
        **dict.fromkeys(("python3", "perl", "node"), CODE),
    }  # fmt: skip
    programs["killall"] = PROBE.replace(
        "#!/bin/sh\n", f'#!/bin/sh\n[ "$1" = -0 ] || {{ {STOP.split(chr(10), 1)[1]}\n}}\n'
    )
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name, text in programs.items():
        (bin_folder / name).write_text(text)
        (bin_folder / name).chmod(0o755)
    real = folder / "real"
    real.mkdir()
    slow = f'#!/bin/sh\nexec {shutil.which("sleep")} $(echo "$1" | /usr/bin/awk {{print}})\n'
    (real / "sleep").write_text(slow.replace("{print}", f"'{{print $1 * {UNIT}}}'"))
    (real / "sleep").chmod(0o755)
    for name in REAL:
        (real / name).symlink_to(shutil.which(name) or "/bin/false")
    for name in REAL:
        (bin_folder / name).symlink_to(shutil.which(name) or "/bin/false")
    return folder


ENV: dict[str, str | None] = {"D": "5", "EMPTY": "", "HOME": None}


def run_all(
    folder: Path,
    argv: list[str],
    status: str,
    left: str,
    variables: dict[str, str | None] = ENV,
) -> Iterator[tuple[str, Run]]:
    """The hook in every shell, all at once."""
    running = []
    for name, (_, program) in SHELLS.items():
        log = folder / f"{name}.log"
        log.write_text("")
        (folder / f"{name}.left").write_text(left)
        known = {name: "/" if value is None else value for name, value in variables.items()}
        env = {**known, "PATH": str(folder / "bin"), "HOOK_LOG": str(log),
               "HOOK_LEFT": str(folder / f"{name}.left"), "HOOK_STATUS": status}  # fmt: skip
        path = shutil.which(program[0]) or program[0]
        process = subprocess.Popen(
            [path, *program[1:], *argv], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True,
        )  # fmt: skip
        running.append((name, process, log))
    for name, process, log in running:
        try:
            failed = process.wait(5) != 0
        except subprocess.TimeoutExpired:
            for _, each, _ in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(each.pid, 9)
            pytest.fail(f"{name} did not come to an end: {argv}")
        yield name, _recorded(log.read_text(), failed)


UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _recorded(log: str, failed: bool) -> Run:
    slept = 0.0
    stops: list[tuple[str, float]] = []
    for line in log.splitlines():
        kind, *rest = line.split()
        if kind == "sleep":
            slept += sum(map(_seconds, rest))
        elif kind == "usleep":
            slept += float(rest[0]) / 1_000_000
        else:
            stops.append((rest[0], slept))
    return Run(slept, tuple(stops), failed)


def _seconds(text: str) -> float:
    if text.startswith("inf"):
        return math.inf
    return float(text.rstrip("smhd")) * UNITS.get(text[-1], 1)


def holds(span: Seconds, seconds: float) -> bool:
    return span.low - 1e-6 <= seconds <= span.high + 1e-6


# The tests


def check(
    folder: Path,
    tally: Counter[str],
    argv: list[str],
    uses: frozenset[str],
    status: str,
    left: str,
) -> None:
    """One hook in every shell, read as `sh` and as the shell it is."""
    general = read(["sh", *argv], ENV)
    tally.update([*uses, "hooks", _share(general)])
    for shell, run in run_all(folder, argv, status, left):
        name = SHELLS[shell][0]
        for reading in (general, read([name, *argv], ENV)):
            assert holds(reading.takes, run.slept), (
                f"{shell} slept {run.slept}, read as {name}: {reading.takes} "
                f"({reading.takes.kind.name}, {reading.takes.why})\n{argv}"
            )
            _check_stops(reading, run)
        tally[shell] += 1


def _share(reading: Reading) -> str:
    if reading.takes.is_exact:
        return "exact"
    return "bounded" if reading.takes.is_known else reading.takes.kind.name.lower()


def _check_stops(reading: Reading, run: Run) -> None:
    """Every recorded stop has been foreseen, and when it comes at the earliest."""
    for program, slept in run.stops:
        word = {"killall": "app", "pkill": "app"}.get(program, program)
        found = [signal for signal in reading.signals if signal.program == word]
        if not found:
            assert not reading.takes.is_known, f"`{program}` was not foreseen"
            return
        assert min(signal.after.low for signal in found) <= slept + 1e-6


def test_generated_hooks(place: Path) -> None:
    tally: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(SCRIPT, ARGUMENTS, st.sampled_from("01"), st.integers(0, 4).map(str))
    def run(script: Made, form: tuple[list[str], list[str], str], status: str, left: str) -> None:
        before, after, construct = form
        argv = [*before, script.text, *after]
        check(place, tally, argv, script.uses | {construct}, status, left)

    run()
    for shell in SHELLS:
        assert tally[shell] >= 2_000, f"only {tally[shell]} hooks ran in {shell}"
    missing = CONSTRUCTS - tally.keys()
    assert not missing, f"never made: {sorted(missing)}"
    share = (tally["exact"] + tally["bounded"]) / tally["hooks"]
    kinds = {kind: tally[kind] for kind in ("exact", "bounded", "unknown", "unbounded")}
    print(f"\n{tally['hooks']} hooks in each shell: {kinds}")
    assert share >= 0.6, f"only {share:.0%} of the hooks were read: {kinds}"


# What runs at the same time cannot be told from a sum: here the clock itself is measured.
CONCURRENT = [
    ("sleep 3 & sleep 2; wait", 3),
    ("sleep 2 & sleep 4; wait", 4),
    ("sleep 3 & sleep 2", 2),
    ("sleep 3 & sleep 1 & wait", 3),
    ("sleep 3 & sleep 1 & wait $!", 1),
    ("sleep 2 & P=$!; sleep 4 & wait $P; sleep 1", 3),
    ("{ sleep 2; sleep 2; } & sleep 1; wait", 4),
    ("(sleep 3; sleep 1) & (sleep 2; sleep 1) & wait; sleep 1", 5),
    ("sleep 4 & (wait); sleep 1", 1),
    ("(sleep 4 & wait); sleep 1", 5),
    ("(sleep 4 &); sleep 1; wait", 1),
    ("f() { sleep 2 & }; f; f; wait", 2),
    ("for i in 1 2 3; do sleep $i & done; wait", 3),
    ("for i in 1 2; do sleep 2 & wait; done", 4),
    ("sleep 3 | sleep 1", 3),
    ("sleep 1 | sleep 3", 3),
    ("sleep 3 | true", 3),
    ("(sleep 1; sleep 2) | sleep 2", 3),
    ("! sleep 2 | sleep 1; sleep 1", 3),
    ("X=$(sleep 2; echo x & sleep 1); sleep 1", 4),
    ("X=$(sleep 3 &); sleep 1", 4),
    ("X=$(sleep 3 >/dev/null &); sleep 1", 1),
    ("sleep 9 & kill $!; wait; sleep 1", 1),
    ("sleep 3 & exit 0", 0),
    ("sleep 2 & exec sleep 1", 1),
    ("true & wait; sleep 2", 2),
    ("set -e; sleep 2 & wait; false; sleep 3", 2),
    ("if sleep 2 & then sleep 1; fi; wait", 2),
    ("sleep 2 && sleep 1 & wait; sleep 1", 4),
    ("false || sleep 3 & sleep 1; wait", 3),
]


@pytest.mark.parametrize(("script", "expected"), CONCURRENT)
@pytest.mark.parametrize("shell", SHELLS)
def test_what_runs_at_the_same_time(place: Path, shell: str, script: str, expected: int) -> None:
    name, program = SHELLS[shell]
    # What still holds the output open may hold the hook: that is not the shell's own time.
    clean = f"exec >/dev/null 2>&1; {script}"
    takes = read([name, "-c", clean], {}).takes
    assert holds(takes, expected), f"{takes} ({takes.kind.name}, {takes.why})"
    assert takes.is_known
    assert takes.is_exact or "kill" in script
    for attempt in range(3):
        seconds = _timed([*program, "-c", clean], place) / UNIT
        # Starting programs takes time too: only a third attempt on a busy machine may fail.
        if expected - 0.1 <= seconds <= expected + 0.9:
            return
        time.sleep(attempt)
    pytest.fail(f"{shell} took {seconds:.2f}, not {expected}")


def _timed(argv: list[str], folder: Path) -> float:
    path = shutil.which(argv[0]) or argv[0]
    begun = time.monotonic()
    subprocess.run([path, *argv[1:]], env={"PATH": str(folder / "real")}, check=False,
                   stdin=subprocess.DEVNULL)  # fmt: skip
    return time.monotonic() - begun


# What can never work


BROKEN = [hook for hook in yaml.safe_load(TABLE.read_text())["hooks"] if "broken" in hook]


@pytest.mark.parametrize("hook", BROKEN, ids=str)
def test_broken_hooks_fail_in_every_shell(place: Path, hook: dict[str, Any]) -> None:
    argv = hook.get("command") or ["sh", "-c", hook["script"]]
    env: dict[str, str | None] = {"DELAY": "20", "EMPTY": "", "WORD": "soon"}
    assert read(argv, env).broken
    if argv[0] in {"sh", "bash"} and not argv[1].startswith("-c "):
        for shell, run in run_all(place, argv[1:], "0", "0", env):
            lost = len(argv) > 3
            assert run.failed or lost, f"{shell} runs it"
            assert run.slept == 0 or lost, f"{shell} sleeps"
        return
    path = f"{place / 'bin'}"
    try:
        done = subprocess.run(argv, env={"PATH": path, "HOOK_LOG": "/dev/null"}, check=False)
    except OSError:
        return
    assert done.returncode != 0


def _mutations() -> st.SearchStrategy[str]:
    """A hook with one of its words taken out, doubled or put in another place."""

    def mutate(script: Made, at: int, with_word: str, how: str) -> str:
        words = re.split(r"(\s+|;)", script.text)
        index = at % len(words)
        if how == "drop":
            del words[index]
        elif how == "double":
            words.insert(index, words[index])
        else:
            words.insert(index, f" {with_word} ")
        return "".join(words)

    signs = st.sampled_from(
        ["fi", "done", "then", "do", "esac", "}", "{", "(", ")", ";;", "&&", "||", "|", "&", ";",
         "if", "while", "for", "case", "'", '"', "`", "$(", "!", "<<X", ">"]
    )  # fmt: skip
    how = st.sampled_from(["drop", "double", "insert", "insert"])
    return st.builds(mutate, SCRIPT, st.integers(0, 200), signs, how)


def _refused_by(script: str) -> list[str]:
    """The shells that do not take it; one that takes it is not run."""
    refusing = []
    for name, (_, program) in SHELLS.items():
        path = shutil.which(program[0]) or program[0]
        done = subprocess.run(
            [path, *program[1:], "-n", "-c", script], capture_output=True, check=False,
            stdin=subprocess.DEVNULL, timeout=10,
        )  # fmt: skip
        if done.returncode != 0 or b"yntax error" in done.stderr:
            refusing.append(name)
    return refusing


def test_syntax_that_shells_refuse(place: Path) -> None:
    tally: Counter[str] = Counter()

    @settings(
        max_examples=MUTANTS,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(_mutations())
    def run(script: str) -> None:
        refusing = _refused_by(script)
        reading = read(["sh", "-c", script], ENV)
        syntax = [
            b
            for b in reading.broken
            if re.search(
                r"beginning|has no|never|outside|stands"
                r"|nothing follows",
                b.reason,
            )
        ]
        if refusing:
            assert not reading.takes.is_known, f"{refusing} refuse {script!r}: {reading.takes}"
        if syntax and "sh -" not in script:  # else it is the inner shell that refuses
            assert len(refusing) == len(SHELLS), f"{syntax} but only {refusing} refuse {script!r}"
        tally["refused" if refusing else "taken"] += 1
        tally["broken"] += bool(syntax)

    run()
    print(f"\n{dict(tally)}")
    assert tally["refused"] >= MUTANTS / 5
    assert tally["broken"] >= MUTANTS / 20
