r"""A hook command that cannot work.

The kubelet runs `exec.command` as is, without a shell and without expanding `$(VAR)`, which it does
only in the `command` and `args` of a container (source: `pkg/kubelet/lifecycle/handlers.go` and
`ExpandContainerCommandAndArgs`). So `sh -c sleep 5` runs `sleep` without an operand, a whole
command line in one string is not the name of a program, and a hook that fails leaves only an event:
the stop signal follows immediately.

Symptoms: `FailedPreStopHook` events; a hook that ends at once; 502 errors during a deploy
despite the hook.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "sleep", "5"]  # <-- only `sleep` is the script
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep:
          seconds: 5
```

Nested quotes turn a whole command into one word, and no program has that name:

```yaml bad kubernetes-version=1.29
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "'sleep 15'"]  # <-- is one quoted word
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "sleep 15"]
```

If the hook runs the container's own program at another path, that is only a hint, since it may
exist at both:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: broker}
spec:
  containers:
  - name: broker
    image: example.com/broker:1
    command: [/usr/local/bin/brokerd, -c, /etc/b.conf]
    lifecycle:
      preStop:
        exec:
          command: ["/brokerd", "--drain"]  # <-- runs `/brokerd`
```

Where the native `sleep` action may be missing, the command itself is repaired:

```yaml bad kubernetes-version=1.29
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sleep 5"]  # <-- `sleep 5` is one argument
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sleep", "5"]
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    env:
    - {name: DELAY, value: "5"}
    lifecycle:
      preStop:
        exec:
          command: ["sleep", "$(DELAY)"]  # <-- `$(DELAY)` stays as it is
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    env:
    - {name: DELAY, value: "5"}
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "exec sleep \"${DELAY}\""]
```

A script that a ConfigMap mounts is no program unless its mode says so, and it has to begin with `#!`:

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data:
  drain.sh: |
    #!/bin/sh
    sleep 5
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    volumeMounts: [{name: scripts, mountPath: /scripts}]
    lifecycle:
      preStop:
        exec:
          command: ["/scripts/drain.sh"]  # <-- has mode 0644
  volumes:
  - name: scripts
    configMap: {name: scripts}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "sleep 5; kill -QUIT $(pidof nginx)"]
```

## Fix safety
Unsafe: the hook has never done its work and starts to once it is repaired. There is a fix only
where it is obvious. A command that would only sleep becomes the native `sleep` action on built-in
kinds and Kubernetes 1.30 or later, and the grace period is raised if the hook does not fit.
"""

import re
from collections.abc import Iterator

from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import locate_argument, read_hook
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, NoRepair, fit_grace_period, use_native_sleep
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.shutdown.shell import Reading

# An image may well have two of them.
_INTERPRETERS = r"(?:ba|da|a)?sh|(?:python|pypy|node|java|ruby|perl|php)[\d.]*"

_NOT_CERTAIN = NoRepair("what the command was meant to do is not certain; correct it by hand")
_IN_CONFIG_MAP = NoRepair("the script is in a ConfigMap: correct it there, or its volume's mode")


@rule(
    "GS205",
    "broken-hook-command",
    severity="error",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    pairs = [(stop, hook) for stop in shutdown.stops for hook in stop.container.hooks]
    for stop, hook in pairs:
        reading = read_hook(hook) if hook.handlers == ("exec",) else None
        if reading and (places := _misplaced(stop, reading)):
            yield Finding(
                f"the {hook.event} command runs `{places[0]}`, but the container itself runs "
                f"`{places[1]}`: the hook may not find its program",
                at=Spot(hook.place, f"runs `{places[0]}`"),
                severity=Severity.INFO,
                need=NoRepair("which of the two paths the image has is not in the manifest"),
            )
        for broken in reading.broken if reading else ():
            value, span = locate_argument(hook, broken.place)
            need: Need | NoRepair = _IN_CONFIG_MAP if reading and reading.scripts else _NOT_CERTAIN
            if broken.repair and hook.is_well_formed:
                need = _repaired(shutdown, hook, broken.repair, margin=margin, window=window)
            yield Finding(
                f"the {hook.event} command cannot work: {broken.reason}",
                at=Spot(value, "cannot work", span),
                need=need,
            )


def _misplaced(stop: Stop, reading: "Reading") -> tuple[str, str] | None:
    """Return the path that a hook has for the container's own program, and the container's."""
    paths = [path for path in reading.needs if path.startswith("/")]
    own = stop.command.words[0].text if paths and stop.command and stop.command.words else ""
    name = own.rpartition("/")[2]
    for path in paths if own.startswith("/") else ():
        is_same = path.removeprefix("/usr") == own.removeprefix("/usr")
        if path.rpartition("/")[2] == name and not is_same:
            return None if re.fullmatch(_INTERPRETERS, name) else (path, own)
    return None


def _repaired(
    shutdown: Shutdown, hook: Hook, repair: tuple[str, ...], *, margin: int, window: int
) -> Need:
    """Return the repaired command, or the native action where it would only sleep."""
    import shlex

    from k8slint.shutdown.shell import read

    reading = read(repair, hook.container.env)
    native = use_native_sleep(shutdown, hook.value.get("exec").pointer, reading.whole_sleep)
    exec_need = Need(
        operations=(Set(hook.value.at("exec", "command").pointer, list(repair)),),
        title=f"run `{shlex.join(repair)}`",
    )
    need = (native or exec_need)._replace(
        unsafe="the hook has never done its work and would start to"
    )
    return fit_grace_period(shutdown, hook, reading.takes, need, margin=margin, window=window)
