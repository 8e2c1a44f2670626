r"""A shell is process 1 and keeps the stop signal to itself.

The runtime sends the stop signal to process 1 only. `sh -c "app"` on Debian and Ubuntu images
stays there as the parent of the app, and a shell that waits for a child does not act on SIGTERM:
the app never hears of the shutdown, serves until the grace period is over, and is killed with all
its requests (kubernetes#57756). With `exec` the app takes the place of the shell.

Which shells replace themselves by their last command was measured:

| Last command | dash 0.5.12 | bash 4.4 to 5.2 | BusyBox 1.31 to 1.36 |
|---|---|---|---|
| `app`, `cd /x && app` | stays | is replaced | is replaced |
| `cd /x; app` on one line | stays | is replaced since 5.1 | is replaced |
| `app > file` | stays | stays | is replaced |
| `app` with a newline behind it, as in every `\|` block | stays | is replaced | stays |
| `app` with a comment or an empty line below it | stays | stays | stays |
| `app \| tee log`, `app \|\| true` | stays | stays | stays |

So the image decides. Known ones are told by their name and tag (`debian`, `alpine`, `ubi9`, official
images and some others). On images that are not known, what depends on the shell is a mere hint.

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
        image: python:3.12
        command: [sh, -c, "cd /srv && gunicorn app"]  # <-- dash in `python:3.12`
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
        image: python:3.12
        command: [sh, -c, "cd /srv && exec gunicorn app"]
```

BusyBox stays where a newline follows, and the repair touches nothing but the line of the command:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: node:22-alpine
    command:
    - sh
    - -c
    - |  # <-- BusyBox in `node:22-alpine`, as a newline follows
      npm ci  # as locked
      node server.js \
        --port 8080
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: node:22-alpine
    command:
    - sh
    - -c
    - |
      npm ci  # as locked
      exec node server.js \
        --port 8080
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
  - name: alpine
    image: node:22-alpine
    command: ["sh", "-c", "npm ci && node server.js"]
  - name: hooked
    image: debian:12
    command: ["sh", "-c", "/opt/vault server"]
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "sleep 5 && kill -TERM $(pidof vault)"]
```

A preStop hook that stops or drains the app by itself, as the last one here, takes the place of the
stop signal. A hook that only waits does not, nor does `kill -TERM 1`: process 1 is the shell.

## Fix safety
Unsafe: a shell that swallows SIGTERM keeps the app serving for the whole grace period, which hides
that load balancers still send to it. After `exec` the app stops at once. Where another rule then
finds that, such as GS301, the repair is left out, and the reason names that rule. There is no fix
for a pipeline, for what stands behind `||`, or for `args` alone.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.command import Command, Script, basename, words_of
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import read_hook
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need
from k8slint.shutdown.wrappers import BY_NAME, SHELLS

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
_LOOKING = frozenset(("echo", "kill", "pgrep", "pidof", "ping", "ps", "seq"))
_SHELLS = {"dash": "Debian, Ubuntu", "bash": "Fedora, UBI", "BusyBox": "Alpine"}
_NAMED = {"ash": "BusyBox", "bash": "bash", "dash": "dash"}


@rule(
    "GS401",
    "shell-without-exec",
    severity="warning",
    since="0.1",
    fix="unsafe",
    about=Feature.SIGNAL,
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
        staying = [shell for shell in _SHELLS if _stays(shell, script.text, last)]
        image = stop.container.image or ""
        shell = _NAMED.get(script.shell) or _shell_of(image)
        if (shell and shell not in staying) or _reaches_app(stop):
            continue
        grace = shutdown.grace
        after = f" after {grace}" if grace.seconds is not None else ""
        is_sure = shell or len(staying) == len(_SHELLS)
        name = _app_of(last)
        yield Finding(
            f"`{script.shell} -c` stays PID 1{_where(script, shell, staying, image)} and does "
            f"not forward the stop signal: `{name}` never sees it and is killed{after}",
            at=Spot(script.value, f"runs `{name}` without exec"),
            because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
            need=_with_exec(stop, stop.command, last),
            severity=None if is_sure and stop.command.entry_is_known else Severity.INFO,
        )


def _shell_of(image: str) -> str:
    """What `sh` is in the image; empty where that is not known."""
    # Few containers start with a script.
    from k8slint.shutdown.images import shell_of

    return shell_of(image) or ""


def _left_waiting(command: Command | None) -> "Ending | None":
    """The program that a shell as process 1 may wait for."""
    script = command.script if command else None
    last = script.ending if script else None
    if script is None or last is None or last.takes_over or last.in_company:
        return None
    if not script.gets_signal or not script.commands.isdisjoint(("trap", "exec")):
        return None
    return last if _app_of(last) else None


def _app_of(last: "Ending") -> str:
    """The program that matters, which a pipeline begins or ends with; empty for none."""
    for name in (last.head, last.words[0]):
        if basename(name) not in _HARMLESS and not set("$`{") & {*basename(name)}:
            return name
    return ""


def _stays(shell: str, text: str, last: "Ending") -> bool:
    """Whether a shell waits for the last command of a script, and is not replaced by it."""
    if last.operator in ("|", "||"):
        return True
    below = _lines_below(text)
    match shell:
        case "bash":
            return last.is_redirected or below not in ([], [""])
        case "BusyBox":
            return bool(below)
    return True


def _lines_below(text: str) -> list[str]:
    """The lines below the last command: comments and empty ones, such as behind a last newline."""
    lines = text.split("\n")
    end = len(lines)
    while end > 1 and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    return lines[end:]


def _where(script: Script, shell: str, staying: Sequence[str], image: str) -> str:
    """In which shell, as far as the script's own name for it leaves that open."""
    if len(staying) == len(_SHELLS) or shell == script.shell:
        return ""
    if not shell:
        return " where sh is " + " or ".join(f"{one} ({_SHELLS[one]})" for one in staying)
    follows = ", as a newline follows" if shell == "BusyBox" else ""
    return f" ({shell} in `{image.partition('@')[0]}`{follows})"


def _reaches_app(stop: Stop) -> bool:
    """Whether the hook asks the app to stop or to drain, so that the signal does not matter.

    A program that is not known may do so. Process 1 itself is the shell, which ignores signals.
    """
    hook = stop.hook
    if hook is None or stop.only_sleeps:
        return False
    if hook.handlers != ("exec",):
        return hook.handlers == ("httpGet",)
    reading = read_hook(hook)
    if reading is None or reading.broken:
        return reading is None
    from k8slint.shutdown.shell.programs import AT_ONCE, SILENT

    idle = AT_ONCE | SILENT | SHELLS | BY_NAME.keys() | _LOOKING
    # Where the time is exact, code such as `python3 -c` does nothing but sleep.
    asks = not reading.takes.is_exact and any(basename(name) not in idle for name in reading.needs)
    return asks or any(signal.pid != 1 for signal in reading.signals)


def _with_exec(stop: Stop, command: Command, last: "Ending") -> Need | None:
    script = command.script
    if script is None or not command.entry_is_known or last.operator in ("|", "||"):
        return None
    for name in ("command", "args"):
        words = words_of(stop.container.value.get(name)) or ()
        if script.value not in [word.value for word in words]:
            continue
        text = f"{script.text[: last.start]}exec {script.text[last.start :]}"
        items = [text if word.value == script.value else word.text for word in words]
        return Need(
            operations=(Set(stop.container.value.get(name).pointer, items),),
            title=f"let `{last.words[0]}` take the place of the shell",
            unsafe="the app would then stop at once, even while clients still send to it",
        )
    return None
