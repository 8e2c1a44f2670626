"""A hook without a time limit of its own.

Kubernetes sets no time limit on a hook: a loop that waits for something that does not happen uses
up the whole grace period, and the app is killed 2 s after its stop signal (source:
`executePreStopHook` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`). With containerd, a
background child that keeps the hook's output open keeps the hook open as well (kubernetes#92057).

Symptoms: pods that are stuck in Terminating; a node drain that takes a very long time;
containers that end with exit code 137.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "until [ -f /tmp/drained ]; do sleep 1; done"]  # <-- loop with no limit
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["timeout", "50", "sh", "-c", "until [ -f /tmp/drained ]; do sleep 1; done"]
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sleep", "infinity"]  # <-- `sleep infinity` never ends
```

A counter that the loop itself resets is not a limit:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "n=0; while [ $n -lt 3 ]; do if idle; then n=$((n+1)); else n=0; fi; sleep 1; done"]  # <-- loop with no limit
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["timeout", "50", "sh", "-c", "n=0; while [ $n -lt 3 ]; do if idle; then n=$((n+1)); else n=0; fi; sleep 1; done"]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "timeout 30 sh -c 'until [ -f /tmp/drained ]; do sleep 1; done'"]
```

## Fix safety
Unsafe: a hook that is cut short may leave work undone, and the image needs a `timeout` binary. The
limit is the grace period minus the drain window and the margin. There is no fix for multi-line
scripts.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import locate_argument, read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair
from k8slint.shutdown.seconds import format_number
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.shutdown.shell.reading import Endless

_HOUR = 3600


@rule("GS206", "unbounded-hook", severity="info", since="0.1", fix="unsafe", about=Feature.HOOK)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    for stop in shutdown.stops:
        hook = stop.hook
        reading = read_hook(hook) if hook and hook.handlers == ("exec",) else None
        if hook is None or reading is None or reading.broken:
            continue
        grace = shutdown.grace.seconds
        limit = None if grace is None else grace - window - margin
        for endless in reading.endless:
            value, span = locate_argument(hook, endless.place)
            sleeps = _sleeps(endless)
            outcome = (
                "containerd waits for it until the grace period ends"
                if endless.lingers
                else f"{endless.reason}: the hook can use the whole grace period"
            )
            yield Finding(
                f"{endless.reason}, {outcome}" if endless.lingers else outcome,
                at=Spot(value, "no limit", span),
                severity=Severity.WARNING if sleeps else None,
                need=_limited(hook, endless, limit),
            )
        if not reading.endless and reading.takes.low > _HOUR:
            yield Finding(
                f"preStop takes {format_number(reading.takes.low)} s, more than an hour: the node drain "
                f"or rollout that waits for it looks stuck",
                at=Spot(hook.place, f"takes {reading.takes} s"),
                severity=Severity.WARNING,
                need=NoRepair(
                    "how long the hook needs is not in the manifest; shorten it by hand"
                ),
            )


def _sleeps(endless: "Endless") -> bool:
    return endless.place.text.startswith(("sleep", "inf"))


def _limited(hook: Hook, endless: "Endless", limit: int | None) -> Need | NoRepair:
    """Run the same command under `timeout`."""
    argv = hook.command or ()
    if endless.lingers:
        return NoRepair("the hook itself does end; redirect the output of what it leaves running")
    if _sleeps(endless):
        return NoRepair(
            "how long it is to sleep is not in the manifest; write a number of seconds"
        )
    if limit is None:
        return NoRepair("the grace period that it has to fit is not known")
    if limit <= 0:
        return NoRepair("the grace period leaves no time for the hook; raise it first")
    if not hook.is_well_formed or any("\n" in argument for argument in argv):
        return NoRepair(
            f"the script has several lines; put `timeout {limit}` before the command that waits"
        )
    return Need(
        operations=(
            Set(hook.value.at("exec", "command").pointer, ["timeout", str(limit), *argv]),
        ),
        title=f"stop the hook after {limit} s with `timeout`",
        unsafe="a hook that is cut short may leave work undone",
    )
