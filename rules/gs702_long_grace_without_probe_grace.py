"""A wedged container waits for the long grace period before it is restarted.

A failed liveness or startup probe stops the container with the grace period of the probe or, where
it has none, with that of the pod (source: `setTerminationGracePeriod` in
`pkg/kubelet/kuberuntime/kuberuntime_container.go`; the field is stable since 1.28). A period that
was made long for a clean end then keeps a container that no longer works for as long, and the
endpoint stays in service meanwhile (kubernetes#64715).

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: db
    image: example.com/db:1
    livenessProbe:  # <-- a failed livenessProbe of db waits up to 600 s before the restart
      tcpSocket: {port: 5432}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: db
    image: example.com/db:1
    livenessProbe:
      tcpSocket: {port: 5432}
      terminationGracePeriodSeconds: 30
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: db
    image: example.com/db:1
    livenessProbe:
      tcpSocket: {port: 5432}
      terminationGracePeriodSeconds: 60
    readinessProbe:
      tcpSocket: {port: 5432}
```

## Fix safety
Unsafe: after a failed probe the container would be killed sooner.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.glance import Glance
from k8slint.shutdown.repair import PROBE_GRACE, SAFE_GRACE, Need


def _may_wait_long(glance: Glance) -> bool:
    has_probe = "livenessProbe" in glance.outline.text or "startupProbe" in glance.outline.text
    return has_probe and (glance.grace is None or glance.grace > SAFE_GRACE)


@rule(
    "GS702",
    "long-grace-without-probe-grace",
    severity="warning",
    since="0.1",
    fix="unsafe",
    mentions=(_may_wait_long,),
)
def check(pod: Pod) -> Iterator[Finding]:
    grace = pod.grace
    if grace.seconds is None or grace.seconds <= SAFE_GRACE or pod.is_partial:
        return
    for container, probe in pod.probes_without_grace:
        yield Finding(
            f"a failed {probe.name} of {container.name} waits up to {grace} before the restart",
            at=Spot(probe.value, "has no grace period of its own"),
            because=Spot(grace.value, grace.label),
            need=Need(
                operations=(Set(probe.grace.value.pointer, PROBE_GRACE),),
                title=f"give the {probe.name} a grace period of {PROBE_GRACE} s",
                unsafe="after a failed probe the container would be killed sooner",
            ),
        )
