"""A field that the target cluster does not support.

An API server that does not know a field, or has its feature gate off, silently drops it. The native
`sleep` action was added in Kubernetes 1.30, a sleep of zero seconds in 1.33; `lifecycle.stopSignal`
needs `spec.os.name` and the feature gate ContainerStopSignals, which is off by default in every
release so far (sources: `dropPodLifecycleSleepAction` and `dropContainerStopSignals` in
`pkg/api/pod/util.go`, `validateStopSignal` in `pkg/apis/core/validation/validation.go`).

Sleeps are checked only when `kubernetes-version` is set.

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
Unsafe: an exec sleep needs a `sleep` binary in the image.
"""

from collections.abc import Iterator

from k8slint.kubernetes.versions import (
    NATIVE_SLEEP,
    STOP_SIGNAL_GATE,
    ZERO_SLEEP,
    Minor,
    dotted,
)
from k8slint.kubernetes.workload import Container, Hook
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair


@rule(
    "GS005",
    "unsupported-by-version",
    severity="error",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    for stop in shutdown.stops:
        for hook in stop.container.hooks:
            yield from _check_sleep(hook, shutdown.target.minor)
        yield from _check_stop_signal(stop.container, shutdown.target.feature_gates)


def _check_sleep(hook: Hook, target: Minor | None) -> Iterator[Finding]:
    if target is None or not hook.has_sleep or hook.handlers != ("sleep",):
        return
    seconds = hook.sleep.number
    if target >= (ZERO_SLEEP if seconds == 0 else NATIVE_SLEEP):
        return
    if target >= NATIVE_SLEEP:
        message = (
            f"{hook.event} sleep 0 needs Kubernetes {dotted(ZERO_SLEEP)}, the target is "
            f"{dotted(target)}: the API server rejects this object"
        )
    else:
        message = (
            f"{hook.event} sleep needs Kubernetes {dotted(NATIVE_SLEEP)}, the target is "
            f"{dotted(target)}: the API server drops the hook, and there is no delay"
        )
    yield Finding(
        message, at=Spot(hook.place, "not supported by the target"), need=_as_exec(hook, seconds)
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


def _check_stop_signal(container: Container, gates: frozenset[str]) -> Iterator[Finding]:
    signal = container.lifecycle.get("stopSignal")
    if not signal.is_written:
        return
    if STOP_SIGNAL_GATE not in gates:
        yield Finding(
            f"stopSignal needs the feature gate {STOP_SIGNAL_GATE}, which is off by default and "
            f"not declared in the configuration: the API server drops the field, and the container "
            f"gets the image's signal",
            at=Spot(signal, "dropped"),
            need=NoRepair(
                "whether the cluster has the gate is not known; if so, set it in `feature-gates`"
            ),
            severity=Severity.WARNING,
        )
    elif not container.pod.is_partial and not container.pod.spec.at("os", "name").is_written:
        yield Finding(
            "stopSignal needs spec.os.name: the API server rejects this object",
            at=Spot(signal, "needs spec.os.name"),
            need=NoRepair("which system the nodes run is not in the manifest; set spec.os.name"),
            because=Spot(container.pod.spec.at("os", "name"), "not set"),
        )
