"""A long postStart hook delays the stop of its pod.

The kubelet starts a container and runs its postStart hook in one go. A pod that is deleted meanwhile is
not stopped before the hook has ended: no preStop hook runs, no stop signal is sent, and the grace
period has not begun. With kubelet 1.37.2, a pod deleted 43 s before its hook ended was not stopped until
43 s later. A hook that never ends keeps the pod from terminating at all (source: `startContainer`
in `pkg/kubelet/kuberuntime/kuberuntime_container.go`; kubernetes#116032).

Symptoms: pods that are stuck in Terminating while they are still starting; a stop that begins late.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      postStart:
        exec: {command: ["/bin/sh", "-c", "sleep 90; /bin/warm-up"]}  # <-- at least 90 s
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
      postStart:
        exec: {command: ["sh", "-c", "/bin/fetch && sleep 90"]}  # <-- at least 90 s when `/bin/fetch` succeeds
  - name: log
    image: example.com/log:1
    lifecycle:
      postStart:
        exec: {command: ["sh", "-c", "tail -f /var/log/app"]}  # <-- never ends
```

A loop or a client without a limit may well be done in a second:

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      postStart: {exec: {command: ["/bin/sh", "-c", "sleep 20"]}}
  - name: data
    image: example.com/data:1
    lifecycle:
      postStart:
        exec: {command: ["sh", "-c", "curl -O http://files/data; until [ -f ready ]; do sleep 1; done"]}
```

The rule reports a hook that is known to last longer than `limit` seconds, 30 by default, or never to
end. A startup probe waits without holding up the stop.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import hook_duration, intended_duration, read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.seconds import Kind, Seconds, format_number


@rule(
    "GS707",
    "poststart-delays-stop",
    severity="info",
    since="0.1",
    unfixed="what the hook waits for is not in the manifest; let a startup probe wait for it",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, limit: int = 30) -> Iterator[Finding]:
    for stop in shutdown.stops:
        for hook in stop.container.hooks:
            if hook.event != "postStart" or not hook.is_well_formed:
                continue
            takes, when = intended_duration(hook) or (hook_duration(hook), "")
            never_ends = _never_ends(hook, takes)
            if takes.low > limit or never_ends:
                lasts = "never ends" if never_ends else _lasts(takes)
                yield Finding(
                    f"postStart of {stop.container.name} {lasts}{when}: a pod that is deleted "
                    f"meanwhile is not stopped before it has ended",
                    at=Spot(hook.place, lasts),
                )


def _never_ends(hook: Hook, takes: Seconds) -> bool:
    """Whether it surely goes on for ever; a loop or a client without a limit mostly does not."""
    reading = read_hook(hook) if takes.kind is Kind.UNBOUNDED else None
    return reading is not None and any(
        endless.reason.endswith("never ends") for endless in reading.endless
    )


def _lasts(takes: Seconds) -> str:
    exactly = takes.kind is Kind.EXACT
    return f"takes {'' if exactly else 'at least '}{format_number(takes.low)} s"
