"""A preStop hook is cut short after a failed probe.

The hook runs before every stop, including after a failed liveness or startup probe. In that case
the probe's own grace period applies, and a hook that does not fit is abandoned halfway (source:
`setTerminationGracePeriod` and `executePreStopHook` in
`pkg/kubelet/kuberuntime/kuberuntime_container.go`). That is fine for a pure delay, which is of no
use to a container that no longer works, but not for a hook that saves something.

Symptoms: a hook that is cut off when a liveness probe has failed; data that is saved on a deploy
but not on a restart.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 120
  containers:
  - name: db
    image: example.com/db:1
    livenessProbe:
      tcpSocket: {port: 5432}
      terminationGracePeriodSeconds: 10  # <-- the preStop hook of 40 s is cut off after 10 s
    lifecycle:
      preStop:
        exec: {command: ["sh", "-c", "sleep 40 && kill -QUIT 1"]}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 120
  containers:
  - name: db
    image: example.com/db:1
    livenessProbe:
      tcpSocket: {port: 5432}
      terminationGracePeriodSeconds: 10
    lifecycle:
      preStop: {sleep: {seconds: 40}}
```
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown


@rule(
    "GS706",
    "probe-grace-shorter-than-prestop",
    severity="info",
    since="0.1",
    default=False,
    about=Feature.HOOK,
    unfixed="killing a hung container quickly may be right; raise the grace period of the probe "
    "above the hook, or remove it, if the hook matters more",
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    for stop in shutdown.stops:
        if stop.hook is None or stop.only_sleeps or not stop.hook_takes.low:
            continue
        for probe in stop.container.probes:
            grace = probe.grace.number
            if probe.name == "readinessProbe" or grace is None or grace > stop.hook_takes.low:
                continue
            yield Finding(
                f"after a failed {probe.name} the preStop hook of {stop.hook_takes} s is cut "
                f"off after {grace} s",
                at=Spot(probe.grace.value, f"{grace} s for hook and drain"),
                because=Spot(stop.hook.place, f"takes {stop.hook_takes} s"),
            )
