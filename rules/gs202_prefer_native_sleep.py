"""An exec hook only sleeps, which the kubelet can do itself.

`preStop.exec` starts a process in the container and needs a `sleep` binary there. The native
`sleep` action (Kubernetes 1.30) is a timer in the kubelet that works in any image, and the API
server checks it against the grace period (source: `runSleepHandler` in
`pkg/kubelet/lifecycle/handlers.go`). The rule is on by default only where `kubernetes-version` is
set.

Symptoms: none as long as the image has a shell; hooks that fail once it is replaced by a smaller
one.

```yaml bad kubernetes-version=1.34
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
          command: ["sleep", "5"]  # <-- `sleep 5` can be replaced by the native sleep action
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
        exec: {command: ["sh", "-c", "sleep 5 && nginx -s quit"]}
  - name: side
    image: example.com/side:1
    lifecycle: {preStop: {exec: {command: ["sleep", "0.5"]}}}
```

## Fix safety
Safe if `kubernetes-version` is set to 1.30 or later and the kind is built in: the delay stays the
same. Otherwise unsafe, since an older API server or the schema of a custom resource may drop the
field.
"""

from collections.abc import Iterator

from k8slint.kubernetes.gates import NATIVE_SLEEP
from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair, risk_of_native_sleep


@rule(
    "GS202",
    "prefer-native-sleep",
    severity="info",
    needs_version=True,
    since="0.1",
    fix="safe",
    yields_to=("GS205", "GS201"),
    about=Feature.HOOK,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    for stop in shutdown.stops:
        for hook in stop.container.hooks:
            reading = read_hook(hook) if hook.handlers == ("exec",) else None
            seconds = reading.whole_sleep if reading else None
            if seconds is None or not shutdown.target.has(NATIVE_SLEEP):
                continue
            import shlex

            shown = shlex.join(hook.command or ())
            yield Finding(
                f"{hook.event} `{shown}` can be replaced by the native sleep action, which needs neither "
                f"a binary nor exec and is checked against the grace period by the API server",
                at=Spot(hook.place, f"sleeps {seconds} s"),
                need=_need(shutdown, hook, seconds),
            )


def _need(shutdown: Shutdown, hook: Hook, seconds: int) -> Need | NoRepair:
    grace = shutdown.grace.raw
    if not hook.is_well_formed:
        return NoRepair("the API server rejects the hook as it is; write its command as a list")
    if grace is not None and seconds > grace:
        return NoRepair(
            f"the API server rejects a sleep of {seconds} s with a grace period of {grace} s; raise "
            f"that first"
        )
    return Need(
        operations=(Set(hook.value.get("exec").pointer, {"seconds": seconds}, key="sleep"),),
        title=f"use the native sleep action for {seconds} s",
        unsafe=_risk(shutdown, hook),
    )


def _risk(shutdown: Shutdown, hook: Hook) -> str:
    if risk := risk_of_native_sleep(shutdown):
        return risk
    if shutdown.grace.raw is None:
        return "the grace period it has to fit is unknown"
    operand = " ".join(hook.command or ()).rpartition("sleep ")[2]
    if not operand.isdigit():
        return (
            "not every `sleep` accepts units and fractions, so the hook may have failed until now"
        )
    return ""
