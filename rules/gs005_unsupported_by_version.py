"""A field that the target cluster does not support.

An API server that does not know a field, or has its feature gate off, silently drops it. The native
`sleep` action was added in Kubernetes 1.30, a sleep of zero seconds in 1.33; a hook that had nothing
else is left without a handler, and rejected. `lifecycle.stopSignal` needs `spec.os.name`, a signal of
that system, and the feature gate ContainerStopSignals, which is off by default in every release so
far. A StatefulSet's `maxUnavailable` needs the gate MaxUnavailableStatefulSet, which is on by default
since 1.37; without it one pod is replaced after the other (sources: `dropPodLifecycleSleepAction` and
`dropContainerStopSignals` in `pkg/api/pod/util.go`, `validateStopSignal` in
`pkg/apis/core/validation/validation.go`, `dropStatefulSetDisabledFields` in
`pkg/registry/apps/statefulset/strategy.go`).

Symptoms: a hook, stop signal or limit that is missing from the object in the cluster; the deploy
fails on an older cluster.

Sleeps and `maxUnavailable` are checked only when `kubernetes-version` is set; not the latter for
1.35, whose patch releases differ.

```yaml bad kubernetes-version=1.28
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep: {seconds: 5}  # <-- preStop sleep needs Kubernetes 1.30, the target is 1.28
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
        exec: {command: ["sleep", "5"]}
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
      stopSignal: SIGQUIT  # <-- stopSignal needs the feature gate ContainerStopSignals
```

```yaml bad feature-gates=ContainerStopSignals
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: linux}
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {stopSignal: quit}  # <-- stopSignal `quit` is not a signal of linux
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: linux}
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {stopSignal: SIGQUIT}
```

```yaml bad kubernetes-version=1.36
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 6
  updateStrategy:
    rollingUpdate: {maxUnavailable: 3}  # <-- maxUnavailable of a StatefulSet needs Kubernetes 1.37
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: example.com/db:1}]
```

```yaml good kubernetes-version=1.34
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 5}}}
```

## Fix safety
Unsafe: an exec sleep needs a `sleep` binary in the image, and a repaired stop signal takes effect.
`maxUnavailable` has no fix: whether the cluster can be upgraded is not in the manifest.
"""

from collections.abc import Iterator

from k8slint.kubernetes.gates import (
    NATIVE_SLEEP,
    STATEFUL_SET_UNAVAILABLE,
    STOP_SIGNAL,
    ZERO_SLEEP,
)
from k8slint.kubernetes.stop_signals import STOP_SIGNALS
from k8slint.kubernetes.versions import ClusterTarget, dotted
from k8slint.kubernetes.workload import Container, Hook, Workload
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.values import Value
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair


@rule(
    "GS005",
    "unsupported-by-version",
    severity="error",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK | Feature.ROLLOUT,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    target = shutdown.target
    for stop in shutdown.stops:
        for hook in stop.container.hooks:
            yield from _check_sleep(hook, target)
        yield from _check_stop_signal(stop.container, target)
    if target.lacks(STATEFUL_SET_UNAVAILABLE):
        yield from _check_unavailable(shutdown.pod.workload, target)


def _check_sleep(hook: Hook, target: ClusterTarget) -> Iterator[Finding]:
    if target.minor is None or not hook.has_sleep or hook.handlers != ("sleep",):
        return
    seconds = hook.sleep.number
    gate = ZERO_SLEEP if seconds == 0 and target.has(NATIVE_SLEEP) else NATIVE_SLEEP
    if not target.lacks(gate):
        return
    what = "sleep 0" if gate is ZERO_SLEEP else "sleep"
    yield Finding(
        f"{hook.event} {what} needs Kubernetes {dotted(gate.since)}, the target is "
        f"{dotted(target.minor)}: the API server rejects this object",
        at=Spot(hook.place, "not supported by the target"),
        need=_as_exec(hook, seconds),
    )


def _as_exec(hook: Hook, seconds: int | None) -> Need | NoRepair:
    if not seconds or seconds < 0:
        return NoRepair(
            "it is not known to sleep at all; delete the hook, or raise `kubernetes-version`"
        )
    command = {"command": ["sleep", str(seconds)]}
    return Need(
        operations=(Set(hook.value.get("sleep").pointer, command, key="exec"),),
        title=f"use an exec hook instead: sleep {seconds}",
        unsafe="the image needs a `sleep` binary",
    )


def _check_stop_signal(container: Container, target: ClusterTarget) -> Iterator[Finding]:
    signal = container.lifecycle.get("stopSignal")
    if not signal.is_written:
        return
    system = container.pod.spec.at("os", "name")
    if not target.has(STOP_SIGNAL):
        yield Finding(
            f"stopSignal needs the feature gate {STOP_SIGNAL.name}, which is off by default and "
            f"not declared in the configuration: the API server drops the field, and the container "
            f"gets the image's signal",
            at=Spot(signal, "dropped"),
            need=NoRepair(
                "whether the cluster has the gate is not known; if so, set it in `feature-gates`"
            ),
            severity=Severity.WARNING,
        )
    elif system.is_written:
        yield from _check_name(signal, system)
    elif not container.pod.is_partial:
        yield Finding(
            "stopSignal needs spec.os.name: the API server rejects this object",
            at=Spot(signal, "needs spec.os.name"),
            need=NoRepair("which system the nodes run is not in the manifest; set spec.os.name"),
            because=Spot(system, "not set"),
        )


def _check_name(signal: Value, system: Value) -> Iterator[Finding]:
    names = STOP_SIGNALS.get(system.text or "", frozenset())
    text = signal.scalar
    if not names or not isinstance(text, str) or text in names:
        return
    right = f"SIG{text.upper().removeprefix('SIG')}"
    need: Need | NoRepair = NoRepair(f"which signal was meant is not certain: {_some(names)}")
    if right in names:
        need = Need(
            operations=(Set(signal.pointer, right),),
            title=f"write stopSignal as {right}",
            unsafe="the container would be stopped with another signal than now",
        )
    elif is_placeholder(text) and text not in STOP_SIGNALS["linux"]:
        return
    yield Finding(
        f"stopSignal `{text}` is not a signal of {system.text}: the API server rejects this object",
        at=Spot(signal, "not a signal"),
        because=Spot(system, f"spec.os.name {system.text}"),
        need=need,
    )


def _some(names: frozenset[str]) -> str:
    return "write one such as SIGQUIT" if "SIGQUIT" in names else "write SIGTERM or SIGKILL"


def _check_unavailable(workload: Workload, target: ClusterTarget) -> Iterator[Finding]:
    strategy = workload.value.at("spec", "updateStrategy")
    limit = strategy.at("rollingUpdate", "maxUnavailable")
    is_rolling = strategy.get("type").text in (None, "RollingUpdate")
    if workload.kind != "StatefulSet" or not is_rolling:
        return
    if not limit.is_written or target.minor is None:
        return
    gate = STATEFUL_SET_UNAVAILABLE
    yield Finding(
        f"maxUnavailable of a StatefulSet needs Kubernetes {dotted(gate.since)} or the feature gate "
        f"{gate.name}, the target is {dotted(target.minor)}: the API server drops it, and one pod "
        f"is stopped after the other",
        at=Spot(limit, "dropped"),
        need=NoRepair("whether the cluster can be upgraded is not in the manifest"),
        severity=Severity.WARNING,
    )
