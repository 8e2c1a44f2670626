"""A shell is process 1 and keeps the stop signal to itself.

The runtime sends the stop signal to process 1 only. `sh -c "app"` on Debian and Ubuntu images
stays there as the parent of the app, and a shell that waits for a child does not act on SIGTERM:
the app never hears of the shutdown, serves until the grace period is over, and is killed with all
its requests (kubernetes#57756). With `exec` the app takes the place of the shell. dash forks for
any command; bash and BusyBox (Alpine) replace themselves in simple cases, which makes this a mere
hint there.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        command: [sh, -c, "cd /srv && gunicorn app"]  # <-- no stop signal on to `gunicorn`
```

```yaml fixed
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        command: [sh, -c, "cd /srv && exec gunicorn app"]
```

Where only `args` are written, the entry point of the image may be an init that passes signals on:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    args: ["sh", "-c", "node server.js"]  # <-- `node`
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command:
    - sh
    - -c
    - |
      trap 'kill -TERM $child' TERM
      node server.js & child=$!
      wait $child
  - name: debug
    image: example.com/debug:1
    command: ["sh", "-c", "sleep infinity"]
```

## Fix safety
Unsafe: a shell that swallows SIGTERM keeps the app serving for the whole grace period, which hides
that load balancers still send to it. After `exec` the app stops at once. There is no fix for a
script of several lines or for `args` alone.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.command import Command, basename, is_on_one_line, words_of
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.glance import runs_shell
from k8slint.shutdown.image_name import repository, tag
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need

if TYPE_CHECKING:
    from k8slint.shutdown.shell.ending import Ending

_BUILTINS = (
    ". : [ bg break cd command continue echo eval exit export false fg getopts hash jobs kill "
    "local printf pwd read readonly return set shift source test times trap true type ulimit "
    "umask unalias unset wait"
)
# What a person starts to keep a container alive or to look around: nothing to finish.
_IDLE = "bash cat less ping sh sleep tail top watch yes"
_HARMLESS = frozenset(f"{_BUILTINS} {_IDLE}".split())
# Their `sh` is BusyBox or a recent bash, which replace themselves by a simple last command.
_OTHER_SHELLS = ("alpine", "busybox", "/ubi", "centos", "fedora", "rocky", "almalinux", "amazonl")


@rule(
    "GS401",
    "shell-without-exec",
    severity="warning",
    since="0.1",
    fix="unsafe",
    mentions=(runs_shell,),
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    for stop in shutdown.stops:
        last = _left_waiting(stop.command)
        if stop.command is None or stop.command.script is None or last is None:
            continue
        pod = shutdown.pod
        if is_left_alone(pod) or pod.spec.get("shareProcessNamespace").scalar is True:
            return
        script = stop.command.script
        grace = shutdown.grace
        after = f" after {grace}" if grace.seconds is not None else ""
        mild = _replaces_itself(stop, script.shell, last) or not stop.command.entry_is_known
        name = last.head
        yield Finding(
            f"`{script.shell} -c` stays process 1{_where(script.shell, last)} and passes no stop "
            f"signal on to `{name}`: it hears nothing of the shutdown, and is "
            f"killed{after}",
            at=Spot(script.value, f"runs `{name}` without exec"),
            because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
            need=_with_exec(stop, stop.command, last),
            severity=Severity.INFO if mild else None,
        )


def _left_waiting(command: Command | None) -> "Ending | None":
    """The program that a shell as process 1 waits for."""
    script = command.script if command else None
    last = script.ending if script else None
    if script is None or last is None or last.takes_over or last.in_company:
        return None
    if not script.gets_signal or not script.commands.isdisjoint(("trap", "exec")):
        return None
    name = basename(last.words[0])
    if name in _HARMLESS or set("$`{") & {*name}:
        return None
    return last


def _where(shell: str, last: "Ending") -> str:
    """On which images, as far as the shell's name leaves that open (measured: domain.md 5.1)."""
    if last.operator in ("|", "||"):
        return ""
    if shell == "bash":
        return "" if last.is_redirected else " in older releases"
    return "" if shell == "dash" else " where sh is dash (Debian, Ubuntu)"


def _replaces_itself(stop: Stop, shell: str, last: "Ending") -> bool:
    """Whether the shell may well become its last command by itself."""
    if last.operator in ("|", "||"):
        return False
    image = stop.container.image or ""
    named = any(name in f"{repository(image)}:{tag(image)}" for name in _OTHER_SHELLS)
    return named or (shell == "bash" and not last.is_redirected)


def _with_exec(stop: Stop, command: Command, last: "Ending") -> Need | None:
    script = command.script
    if script is None or not command.entry_is_known or last.operator in ("|", "||"):
        return None
    for name in ("command", "args"):
        words = words_of(stop.container.value.get(name)) or ()
        if script.value not in [word.value for word in words]:
            continue
        if not all(is_on_one_line(word.value) for word in words):
            return None
        text = f"{script.text[: last.start]}exec {script.text[last.start :]}"
        items = [text if word.value == script.value else word.text for word in words]
        return Need(
            operations=(Set(stop.container.value.get(name).pointer, items),),
            title=f"let `{last.words[0]}` take the place of the shell",
            unsafe="the app would then stop at once, while load balancers still send to it",
        )
    return None
