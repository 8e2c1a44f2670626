"""A grace period of zero, or close to it, on a pod that has something to finish.

With 0 a deleted pod leaves the API at once, as with `--force`: nothing waits for its end. The
kubelet still allows a preStop hook 1 s and the app 2 s; when only the container is restarted it
skips the hook (sources: `CheckGracefulDelete` in `pkg/registry/core/pod/strategy.go`,
`calculateEffectiveGracePeriod` in `pkg/kubelet/pod_workers.go`).

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0  # <-- the preStop hook gets at most 1 s and the app 2 s
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
```

A pod that only holds a place has nothing to finish:

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: balloon}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: pause
    image: registry.k8s.io/pause:3.10
```

## Fix safety
Unsafe: the zero is often deliberate, and without it a pod that hangs stays for 30 s.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.exempt import holds_a_place, serves_the_node
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule(
    "GS106",
    "zero-grace-period",
    severity="warning",
    since="0.1",
    fix="unsafe",
    yields_to=("GS604", "GS700"),
    mentions=("terminationGracePeriodSeconds",),
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    pod = shutdown.pod
    grace = pod.grace
    if grace.is_default or grace.raw is None or not 0 <= grace.raw < 5:
        return
    if not _has_hook(pod) or holds_a_place(pod) or serves_the_node(pod):
        return
    if grace.raw == 0:
        message = (
            "grace 0: the pod leaves the API at once, the preStop hook gets at most 1 s and the "
            "app 2 s; on container restarts the hook is skipped"
        )
    else:
        message = (
            f"grace {grace.raw}: the preStop hook and the app share {grace.raw} s, of which the "
            f"app gets what the hook leaves, and at least 2 s"
        )
    yield Finding(
        message,
        at=Spot(grace.value, grace.label),
        severity=None if grace.raw == 0 else Severity.INFO,
        need=Need(
            grace=shutdown.required(margin=margin, window=window).seconds,
            grace_removed=True,
            unsafe="a pod that hangs would stay for 30 s",
        ),
    )


def _has_hook(pod: Pod) -> bool:
    return any(container.pre_stop and container.pre_stop.handlers for container in pod.containers)
