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
        sleep:
          seconds: 5
```

Where the native `sleep` action cannot be counted on, the command itself is repaired:

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
offered. What would only sleep becomes the native `sleep` action, on built-in kinds and Kubernetes
1.30 or later, and the grace period is raised where the hook would not fit.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.hook import locate_argument, read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, natively, with_room


@rule(
    "GS205",
    "broken-hook-command",
    severity="error",
    since="0.1",
    fix="unsafe",
    mentions=("preStop", "postStart"),
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    for hook in (hook for stop in shutdown.stops for hook in stop.container.hooks):
        reading = read_hook(hook) if hook.handlers == ("exec",) else None
        for broken in reading.broken if reading else ():
            value, span = locate_argument(hook, broken.place)
            need = None
            if broken.repair and hook.is_well_formed:
                need = _repaired(shutdown, hook, broken.repair, margin=margin, window=window)
            yield Finding(
                f"the {hook.event} command cannot work: {broken.reason}",
                at=Spot(value, "cannot work", span),
                need=need,
            )


def _repaired(
    shutdown: Shutdown, hook: Hook, repair: tuple[str, ...], *, margin: int, window: int
) -> Need:
    """The repaired command, or the native action where all it would do is sleep."""
    import shlex

    from k8slint.shutdown.shell import read

    reading = read(repair, hook.container.env)
    native = natively(shutdown, hook.value.get("exec").pointer, reading.whole_sleep)
    exec_need = Need(
        operations=(Set(hook.value.at("exec", "command").pointer, list(repair)),),
        title=f"run `{shlex.join(repair)}`",
    )
    need = (native or exec_need)._replace(unsafe="the hook never did its work, and would now")
    return with_room(shutdown, hook, reading.takes, need, margin=margin, window=window)
