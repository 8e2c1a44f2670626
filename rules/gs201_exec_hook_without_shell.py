"""An exec hook needs a program that the image does not have.

Distroless and scratch images have neither a shell nor `sleep`. An exec hook fails there
immediately: the kubelet records a `FailedPreStopHook` event and sends the stop signal right away,
without the delay the hook was written for (source: `executePreStopHook` in
`pkg/kubelet/kuberuntime`; seen in coredns/helm#43, linkerd2#6723, fission#3468 and others).

Symptoms: `FailedPreStopHook` events with `executable file not found in $PATH`; 502 errors
during a deploy despite the hook.

```yaml bad kubernetes-version=1.34
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: gcr.io/distroless/base-debian12
    lifecycle:
      preStop:
        exec:
          command: ["sleep", "15"]  # <-- a distroless image has no `sleep`
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: gcr.io/distroless/base-debian12
    lifecycle:
      preStop:
        sleep:
          seconds: 15
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: dns}
spec:
  containers:
  - name: dns
    image: registry.example/docker.io/coredns/coredns:1.11.1
    lifecycle:
      preStop:
        exec: {command: ["/bin/sh", "-c", "kill -TERM 1"]}  # <-- the CoreDNS image has no `sh`
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: gcr.io/distroless/base-debian12:debug
    lifecycle:
      preStop:
        exec: {command: ["/app/drain"]}
```

## Fix safety
Unsafe: the sleep has never run; once it does, it slows every rollout and node drain by its length.
If it does not fit, the grace period is raised as well. There is no fix for a hook that does more
than sleep.
"""

from collections.abc import Iterator

from k8slint.kubernetes.gates import NATIVE_SLEEP
from k8slint.kubernetes.versions import dotted
from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair, fit_grace_period
from k8slint.shutdown.seconds import exactly

_MISSING = frozenset({"sh", "bash", "ash", "dash", "busybox", "sleep", "kill", "killall", "pkill"})


@rule(
    "GS201",
    "exec-hook-without-shell",
    severity="warning",
    since="0.1",
    fix="unsafe",
    yields_to=("GS205",),
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    for stop in shutdown.stops:
        hook = stop.hook
        image = stop.container.image
        if hook is None or hook.handlers != ("exec",) or not image:
            continue
        from k8slint.images.tools import find_missing_tool

        lack = find_missing_tool(image)
        reading = read_hook(hook) if lack else None
        if lack is None or reading is None:
            continue
        missing = next((name for name in map(_basename, reading.needs) if name in _MISSING), None)
        if missing:
            yield Finding(
                f"{lack.what} has no `{missing}`: the hook fails immediately (FailedPreStopHook), "
                f"and the stop signal follows without delay",
                at=Spot(hook.place, "fails immediately"),
                because=Spot(stop.container.value.get("image"), f"no `{missing}` in this image"),
                need=_native(shutdown, hook, margin=margin, window=window),
            )


def _native(shutdown: Shutdown, hook: Hook, *, margin: int, window: int) -> Need | NoRepair:
    reading = read_hook(hook)
    seconds = reading.whole_sleep if reading else None
    if seconds is None or not hook.is_well_formed:
        return NoRepair("the hook is not a plain sleep; use an image with what it needs")
    if not shutdown.target.has(NATIVE_SLEEP):
        return NoRepair(
            f"native sleep needs Kubernetes {dotted(NATIVE_SLEEP.since)}, and `kubernetes-version` is older"
        )
    if shutdown.grace.seconds is None:
        return NoRepair(
            "whether the sleep fits the grace period is not known; write that as a number"
        )
    need = Need(
        operations=(Set(hook.value.get("exec").pointer, {"seconds": seconds}, key="sleep"),),
        title=f"use the native sleep action for {seconds} s",
        unsafe="the sleep has never run and would start running",
    )
    return fit_grace_period(shutdown, hook, exactly(seconds), need, margin=margin, window=window)


def _basename(program: str) -> str:
    return program.rpartition("/")[2]
