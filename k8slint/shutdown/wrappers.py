"""Programs that run another one: what stands between their name and the command they run."""

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache

from k8slint.records import NamedTuple


class Role(Enum):
    """What becomes of a wrapper's own process."""

    BECOMES = "becomes"
    """It turns into the command."""
    INIT = "init"
    """It stays as the parent, and passes every signal on."""
    PARENT = "parent"
    """It stays as the parent."""


class Wrapper(NamedTuple):
    """A program that runs the command it is given.

    `options` are separated by blanks, the spellings of one by commas: `n,adjustment:` is `-n 5`,
    `-n5`, `--adjustment 5` and `--adjustment=5`. `:` marks a value, `::` one that has to be
    attached, and `*:` stands for all long options. With one of `other` it runs no command, or not
    as it stands. Then come `operands` words, the first of which may be left out where it has to be
    a `number`, and assignments where it `assigns`. All of that follows the `subcommand`.
    """

    names: str
    source: str
    date: str
    options: str = ""
    other: str = ""
    operands: int = 0
    number: bool = False
    assigns: bool = False
    subcommand: str = ""
    role: Role = Role.BECOMES


_READ = "2026-11-29"
WRAPPERS = (
    Wrapper(
        "env",
        "coreutils src/env.c, busybox coreutils/env.c",
        _READ,
        "i,ignore-environment u,unset: C,chdir: v,debug a,argv0: S,split-string: 0,null "
        "env0-from: default-signal:: ignore-signal:: block-signal:: list-signal-handling",
        other="S 0 env0-from",
        assigns=True,
    ),
    Wrapper(
        "nice",
        "coreutils src/nice.c; -10 is the old spelling of -n 10",
        _READ,
        "n,adjustment: 0 1 2 3 4 5 6 7 8 9",
    ),
    Wrapper("nohup", "coreutils src/nohup.c", _READ),
    Wrapper("stdbuf", "coreutils src/stdbuf.c", _READ, "i,input: o,output: e,error:"),
    Wrapper(
        "timeout",
        "coreutils src/timeout.c: it sends what it gets to its command; -t of BusyBox before 1.30",
        _READ,
        "f,foreground k,kill-after: p,preserve-status s,signal: v,verbose t",
        operands=1,
        role=Role.PARENT,
    ),
    Wrapper(
        "chroot",
        "coreutils src/chroot.c",
        _READ,
        "groups: userspec: skip-chdir",
        operands=1,
    ),
    Wrapper(
        "ionice",
        "util-linux schedutils/ionice.c",
        _READ,
        "n,classdata: c,class: t,ignore p,pid: P,pgid: u,uid:",
        other="p P u",
    ),
    Wrapper(
        "chrt",
        "util-linux schedutils/chrt.c; idle, other and batch need no priority",
        _READ,
        "a,all-tasks b,batch d,deadline e,ext f,fifo G,reclaim-grub i,idle m,max o,other "
        "O,deadline-overrun p,pid r,rr R,reset-on-fork v,verbose D,sched-deadline: "
        "P,sched-period: T,sched-runtime: U,clamp-min: X,clamp-max:",
        other="m p",
        operands=1,
        number=True,
    ),
    Wrapper(
        "taskset",
        "util-linux schedutils/taskset.c",
        _READ,
        "a,all-tasks c,cpu-list p,pid",
        other="p",
        operands=1,
    ),
    Wrapper(
        "setsid",
        "util-linux sys-utils/setsid.c",
        _READ,
        "c,ctty f,fork w,wait",
        other="f",
    ),
    Wrapper(
        "setpriv",
        "util-linux sys-utils/setpriv.c",
        _READ,
        "d,dump nnp no-new-privs inh-caps: ambient-caps: bounding-set: list-caps ruid: euid: "
        "rgid: egid: reuid: regid: clear-groups keep-groups init-groups groups: securebits: "
        "pdeathsig: ptracer: selinux-label: apparmor-profile: landlock-access: landlock-rule: "
        "seccomp-filter: reset-env",
        other="d list-caps",
    ),
    Wrapper(
        "prlimit",
        "util-linux sys-utils/prlimit.c",
        _READ,
        "c,core:: d,data:: e,nice:: f,fsize:: i,sigpending:: l,memlock:: m,rss:: n,nofile:: "
        "q,msgqueue:: r,rtprio:: s,stack:: t,cpu:: u,nproc:: v,as:: x,locks:: y,rttime:: p,pid: "
        "o,output: noheadings raw verbose",
        other="p",
    ),
    Wrapper(
        "flock",
        "util-linux sys-utils/flock.c",
        _READ,
        "s,shared x,exclusive e u,unlock n,nonblocking,nb w,timeout,wait: "
        "E,conflict-exit-code: o,close F,no-fork verbose fcntl start: length: fd: c,command:",
        other="u fd c",
        operands=1,
        role=Role.PARENT,
    ),
    Wrapper(
        "unshare",
        "util-linux sys-utils/unshare.c",
        _READ,
        "m u i n p U C T r,map-root-user c,map-current-user f,fork mount:: uts:: ipc:: net:: "
        "pid:: user:: cgroup:: time:: kill-child:: forward-signals mount-proc:: mount-binfmt:: "
        "map-user: map-users: map-group: map-groups: map-auto map-subids owner: propagation: "
        "setgroups: keep-caps S,setuid: G,setgid: R,root: w,wd: monotonic: boottime: "
        "l,load-interp: clear-env whitelist-env:",
        role=Role.PARENT,
    ),
    Wrapper(
        "nsenter",
        "util-linux sys-utils/nsenter.c",
        _READ,
        "a,all t,target: m,mount:: u,uts:: i,ipc:: n,net:: N,net-socket: p,pid:: U,user:: "
        "C,cgroup:: T,time:: S,setuid: G,setgid: r,root:: w,wd:: W,wdns:: e,env F,no-fork "
        "c,join-cgroup Z,follow-context preserve-credentials keep-caps user-parent",
        role=Role.PARENT,
    ),
    Wrapper(
        "xargs",
        "findutils 4.9 and busybox findutils/xargs.c",
        _READ,
        "0,null a,arg-file: d,delimiter: E: e,eof:: I: i,replace:: L: l,max-lines:: n,max-args: "
        "o,open-tty P,max-procs: p,interactive process-slot-var: r,no-run-if-empty s,max-chars: "
        "show-limits t,verbose x,exit",
        role=Role.PARENT,
    ),
    Wrapper(
        "time",
        "GNU time 1.9 and busybox miscutils/time.c",
        _READ,
        "a,append f,format: o,output: p,portability q,quiet v,verbose",
        role=Role.PARENT,
    ),
    Wrapper(
        "numactl",
        "numactl 2.0.16",
        _READ,
        "a,all b,balancing i,interleave: p,preferred: P,preferred-many: C,physcpubind: c,cpubind: "
        "N,cpunodebind: m,membind: l,localalloc s,show H,hardware",
        other="s H",
    ),
    Wrapper("gosu su-exec", "gosu main.go, su-exec.c", _READ, operands=1),
    Wrapper("setuidgid", "busybox runit/chpst.c", _READ, operands=1),
    Wrapper(
        "chpst",
        "runit 2.1.2 chpst(8), busybox runit/chpst.c",
        _READ,
        "u: U: b: e: m: d: o: p: f: c: r: t: a: s: /: n: l: L: v V P 0 1 2",
    ),
    Wrapper(
        "sudo",
        "sudo src/parse_args.c, exec_nopty.c: it passes signals on",
        _READ,
        "A,askpass a,auth-type: b,background B,bell C,close-from: c,login-class: D,chdir: E "
        "preserve-env:: e,edit g,group: H,set-home h,help host: i,login K,remove-timestamp "
        "k,reset-timestamp l,list N,no-update n,non-interactive P,preserve-groups p,prompt: "
        "R,chroot: r,role: S,stdin s,shell T,command-timeout: t,type: U,other-user: u,user: "
        "v,validate V,version",
        other="b e h i K l s v V",
        assigns=True,
        role=Role.PARENT,
    ),
    Wrapper(
        "tini tini-static docker-init",
        "tini src/tini.c",
        _READ,
        "p: h v w g l e: R: s",
        other="h l",
        role=Role.INIT,
    ),
    Wrapper(
        "dumb-init",
        "dumb-init.c",
        _READ,
        "h,help c,single-child r,rewrite: v,verbose V,version",
        other="h V",
        role=Role.INIT,
    ),
    Wrapper("catatonit", "catatonit.c", _READ, "g h L P V", other="h L P V", role=Role.INIT),
    Wrapper("busybox toybox", "busybox libbb/appletlib.c", _READ),
    Wrapper("exec", "bash(1); dash has no options", _READ, "c l a:"),
    Wrapper(
        "bundle",
        "bundler cli/exec.rb: Kernel.exec",
        _READ,
        "keep-file-descriptors gemfile:",
        subcommand="exec",
    ),
    Wrapper("poetry", "poetry utils/env/base_env.py: os.execvpe", _READ, subcommand="run"),
    Wrapper("pipenv", "pipenv routines/shell.py: os.execve", _READ, subcommand="run"),
    Wrapper(
        "newrelic-admin",
        "newrelic admin/run_program.py: os.execlp",
        _READ,
        subcommand="run-program",
    ),
    Wrapper(
        "ddtrace-run",
        "ddtrace commands/ddtrace_run.py: os.execl",
        _READ,
        "d,debug i,info p,profiling v,version nc,colorless",
        other="i v",
    ),
    Wrapper(
        "opentelemetry-instrument",
        "opentelemetry auto_instrumentation/__init__.py: os.execl",
        _READ,
        "version *:",
        other="version",
    ),
)
WRAPPERS_BY_NAME = {name: wrapper for wrapper in WRAPPERS for name in wrapper.names.split()}


class Wrapped(NamedTuple):
    """A wrapper's words taken apart: its options with their values, and where the command begins.

    `start` and the `operands` are indexes into the words that follow the wrapper's name.
    """

    options: tuple[tuple[str, str | None], ...]
    operands: tuple[int, ...]
    assignments: tuple[int, ...]
    start: int

    def value(self, option: str) -> str | None:
        """The value of an option, the last one counting; None where it is not given."""
        return next((value for name, value in reversed(self.options) if name == option), None)

    def has(self, option: str) -> bool:
        return any(name == option for name, _ in self.options)


def unwrap(wrapper: Wrapper, words: Sequence[str | None]) -> Wrapped | None:
    """Take the words after a wrapper's name apart; None where it runs no command as it stands.

    A word that is not known is None: it can be a value or an operand, but no option.
    """
    at = 0
    if wrapper.subcommand:
        if not words or words[0] != wrapper.subcommand:
            return None
        at = 1
    options: list[tuple[str, str | None]] = []
    at = _take_options(wrapper, words, at, options)
    if at < 0 or any(name in wrapper.other.split() for name, _ in options):
        return None
    operands: list[int] = []
    while len(operands) < wrapper.operands and at < len(words):
        if wrapper.number and not (words[at] or "").isdigit():
            break
        operands.append(at)
        at += 1
    start = at
    while wrapper.assigns and start < len(words) and _is_assignment(words[start]):
        start += 1
    # What looks like an option here is one of another release, or a mistake.
    if start < len(words) and (words[start] or "").startswith("-"):
        return None
    return Wrapped(tuple(options), tuple(operands), tuple(range(at, start)), start)


def _is_assignment(word: str | None) -> bool:
    name, equals, _ = (word or "").partition("=")
    return bool(equals) and name.isidentifier()


def _take_options(
    wrapper: Wrapper,
    words: Sequence[str | None],
    at: int,
    found: list[tuple[str, str | None]],
) -> int:
    """Where the options end; -1 where one is not of this wrapper."""
    known = _options_of(wrapper)
    while at < len(words) and (word := words[at]) is not None and word[:1] == "-":
        if word == "--":
            return at + 1
        if word == "-":
            # Only env reads it as an option.
            return at + 1 if wrapper.assigns else at
        at += 1
        for name, attached in _spell_out(word, known):
            option, arity = known.get(name) or _abbreviated(name, known)
            if arity < 0 or (arity == 0 and attached is not None):
                return -1
            value = attached
            if arity == 1 and attached is None:
                if at == len(words):
                    return -1
                value = words[at]
                at += 1
            found.append((option, value))
    return at


def _abbreviated(name: str, known: dict[str, tuple[str, int]]) -> tuple[str, int]:
    """getopt_long takes any beginning of a long option that fits one alone."""
    if "*" in known:
        return known["*"]
    meant = {known[full] for full in known if len(name) > 1 and full.startswith(name)}
    return meant.pop() if len(meant) == 1 else ("", -1)


def _spell_out(word: str, known: dict[str, tuple[str, int]]) -> Iterator[tuple[str, str | None]]:
    """The options in one word, with the values that are attached to them."""
    if word.startswith("--") or word[1:] in known:
        name, equals, value = word.lstrip("-").partition("=")
        yield name, value if equals else None
        return
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        takes_value = known.get(letter, ("", 0))[1] > 0
        yield letter, (letters or None) if takes_value else None
        if takes_value:
            return


@lru_cache(maxsize=256)
def _options_of(wrapper: Wrapper) -> dict[str, tuple[str, int]]:
    """Each spelling, with the first one and 0 for none, 1 for a value, 2 for an attached one."""
    known: dict[str, tuple[str, int]] = {}
    for written in wrapper.options.split():
        names = written.rstrip(":")
        arity = len(written) - len(names)
        first, *others = names.split(",")
        for name in (first, *others):
            known[name] = (first, arity)
    return known
