r"""A hook's command cannot do what it says.

The kubelet runs `exec.command` as it stands, without a shell and without expanding `$(VAR)`, which
it does in `command` and `args` of a container only (source: `pkg/kubelet/lifecycle/handlers.go`
against `ExpandContainerCommandAndArgs`). So `sh -c sleep 5` runs `sleep` without an operand, a whole
command line in one string is no program's name, and a hook that fails is only an event: the stop
signal follows at once.

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
        exec:
          command: ["sh", "-c", "sleep 5"]
```

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
Unsafe: the hook has never done its work, and a repaired one does. Only the evident repair is
offered.
"""

import shlex
from collections.abc import Iterator

from k8slint.kubernetes.workload import Container
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.hook import command, part
from k8slint.shutdown.repair import Need


@rule(
    "GS205",
    "broken-hook-command",
    severity="error",
    since="0.1",
    fix="unsafe",
    mentions=("preStop", "postStart"),
)
def check(container: Container) -> Iterator[Finding]:
    if not container.runs_hooks:
        return
    for hook in container.hooks:
        reading = command(hook) if hook.handlers == ("exec",) else None
        for broken in reading.broken if reading else ():
            value, span = part(hook, broken.place)
            need = None
            if broken.repair:
                place = hook.value.at("exec", "command").pointer
                need = Need(
                    operations=(Set(place, list(broken.repair)),),
                    title=f"run `{shlex.join(broken.repair)}`",
                    unsafe="the hook never did its work, and would now",
                )
            yield Finding(
                f"the {hook.event} command cannot work: {broken.reason}",
                at=Spot(value, "cannot work", span),
                need=need,
            )
