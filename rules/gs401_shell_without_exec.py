r"""A shell runs as PID 1 and does not forward the stop signal.

The runtime sends the stop signal only to PID 1. On Debian and Ubuntu images the shell of `sh -c
"app"` stays PID 1 as the parent of the app, and a shell that waits for a child does not act on
SIGTERM: the app never sees the signal, keeps serving until the grace period is over, and is killed
with all its requests (kubernetes#57756). With `exec` the app replaces the shell.

Symptoms: pods that ignore SIGTERM and are Terminating for the whole grace period, 30 s by
default; containers that end with exit code 137.

Whether a shell replaces itself with its last command was measured:

| Last command | dash 0.5.12 | bash 4.4 to 5.2 | BusyBox 1.31 to 1.36 |
|---|---|---|---|
| `app`, `cd /x && app` | stays | is replaced | is replaced |
| `cd /x; app` on one line | stays | is replaced since 5.1 | is replaced |
| `app > file` | stays | stays | is replaced |
| `app` followed by a newline, as in every `\|` block | stays | is replaced | stays |
| `app` followed by a comment or an empty line | stays | stays | stays |
| `app \| tee log`, `app \|\| true` | stays | stays | stays |

So the image decides. Known images are recognized by their name and tag (`debian`, `alpine`, `ubi9`,
official images and some others). On unknown images, a finding that depends on the shell is only a
hint.

Where the manifest has no `command`, the image decides what runs: k8slint reads that from image configs
(`--images`, or `images` in the configuration) and from the Dockerfiles of the repository (which one
builds an image, `dockerfiles` in the configuration can say). The finding is then at the container's
`image` and names the file.

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

BusyBox stays if a newline follows, and the fix changes only the line of the command:

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

If only `args` are set, the entry point of the image may be an init that forwards signals:

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

A preStop hook that stops or drains the app, like the last one here, makes up for the missing stop
signal. A hook that only waits does not, and neither does `kill -TERM 1`: PID 1 is the shell.

## Fix safety
Unsafe: a shell that swallows SIGTERM keeps the app serving for the whole grace period, which hides
that load balancers still send to it. After `exec` the app stops immediately. If that leads to a
finding of another rule, such as GS402 for `npm start`, the fix is not applied, and the reason names
that rule. There is no fix for a pipeline, for a command after `||`, or for `args` alone.
"""

from collections.abc import Iterator, Sequence

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.command import ContainerCommand, ContainerScript, program_name, words_of
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import read_hook
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, NoRepair
from k8slint.shutdown.words import SHELLS
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME
from k8slint.type_names import TYPE_CHECKING

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
        from k8slint.shutdown.shell.ending import waits_for_last

        script = stop.command.script
        staying = [
            shell for shell in _SHELLS if script.file or waits_for_last(shell, script.text, last)
        ]
        image = stop.container.image or ""
        shell = script.known_shell or _shell_of(stop)
        if (shell and shell not in staying) or _reaches_app(stop):
            continue
        grace = shutdown.grace
        after = f" after {grace}" if grace.seconds is not None else ""
        is_sure = shell or len(staying) == len(_SHELLS)
        name, origin = _app_of(last), stop.origin_of(script.value)
        yield Finding(
            f"`{script.call}`{origin} stays PID 1{_where(script, shell, staying, image)} and does "
            f"not forward the stop signal: `{name}` never sees it and is killed{after}",
            at=Spot(script.value, f"runs `{name}` without exec"),
            because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
            need=_with_exec(stop, stop.command, last),
            severity=None if is_sure and stop.command.entry_is_known else Severity.INFO,
        )


def _shell_of(stop: Stop) -> str:
    """Return what `sh` is in the image; empty if that is unknown."""
    if stop.image and stop.image.shell:
        return stop.image.shell if stop.image.shell in _SHELLS else ""
    # Few containers start with a script.
    from k8slint.images.shells import shell_of

    found = shell_of(stop.container.image or "")
    return found if found in _SHELLS else ""


def _left_waiting(command: ContainerCommand | None) -> "Ending | None":
    """Return the program that a shell may wait for as PID 1, if any."""
    script = command.script if command else None
    last = script.ending if script else None
    if script is None or last is None or last.takes_over or last.in_company:
        return None
    if not script.gets_signal or not script.commands.isdisjoint(("trap", "exec")):
        return None
    return last if _app_of(last) else None


def _app_of(last: "Ending") -> str:
    """Return the program that matters, at the start or end of a pipeline; empty for none."""
    for name in (last.head, last.words[0]):
        if program_name(name) not in _HARMLESS and not set("$`{") & {*program_name(name)}:
            return name
    return ""


def _where(script: ContainerScript, shell: str, staying: Sequence[str], image: str) -> str:
    """Say in which shell, if the script's own name for it leaves that open."""
    if len(staying) == len(_SHELLS) or shell == script.shell:
        return ""
    if not shell:
        return " where sh is " + " or ".join(f"{one} ({_SHELLS[one]})" for one in staying)
    follows = ", as a newline follows" if shell == "BusyBox" else ""
    return f" ({shell} in `{image.partition('@')[0]}`{follows})"


def _reaches_app(stop: Stop) -> bool:
    """Whether the hook asks the app to stop or to drain, so that the signal does not matter.

    An unknown program may do so. PID 1 itself is the shell, which ignores signals.
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

    idle = AT_ONCE | SILENT | SHELLS | WRAPPERS_BY_NAME.keys() | _LOOKING
    # Where the time is exact, code such as `python3 -c` does nothing but sleep.
    asks = not reading.takes.is_exact and any(
        program_name(name) not in idle for name in reading.needs
    )
    return asks or any(signal.pid != 1 for signal in reading.signals)


def _with_exec(stop: Stop, command: ContainerCommand, last: "Ending") -> Need | NoRepair:
    script = command.script
    assert script
    if script.file:
        return NoRepair(f"write `exec` in {script.file.label}, before the last command")
    if last.operator in ("|", "||"):
        return NoRepair(
            f"the shell is needed for what `{last.operator}` connects; rewrite the script"
        )
    for name in ("command", "args") if command.entry_is_known else ():
        words = words_of(stop.container.value.get(name)) or ()
        if script.value not in [word.value for word in words]:
            continue
        text = f"{script.text[: last.start]}exec {script.text[last.start :]}"
        items = [text if word.value == script.value else word.text for word in words]
        return Need(
            operations=(Set(stop.container.value.get(name).pointer, items),),
            title=f"let `{last.words[0]}` replace the shell with exec",
            unsafe="the app would then stop immediately, even while clients still send to it",
        )
    if command.entry_is_known:
        return NoRepair("the script is in the image: write `exec` there, before its last command")
    return NoRepair("the entrypoint of the image is not known; write `command` as well")
