"""A StatefulSet with a grace period of zero.

With 0, a deleted pod is removed from the API before its processes have ended. The controller then
creates the replacement immediately, so two pods with the same name, identity and volume can run
side by side, exactly what a StatefulSet is meant to prevent; the Kubernetes documentation calls it
unsafe and strongly discourages it (sources: StatefulSet and "Force Delete StatefulSet Pods" on
kubernetes.io, `CheckGracefulDelete` in `pkg/registry/core/pod/strategy.go`).

Symptoms: two pods of one StatefulSet that run at once; corrupt data or a locked volume after a pod
was deleted.

```yaml bad
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 0  # <-- two pods with the same identity may run at the same time
      containers:
      - name: db
        image: example.com/db:1
```

```yaml fixed
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        image: example.com/db:1
```

```yaml good
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 120
      containers:
      - name: db
        image: example.com/db:1
```

## Fix safety
Safe without a preStop hook: the default of 30 s only gives the app more time. Unsafe with one,
because the hook, until now cut off after 1 s, would run to completion.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule(
    "GS700",
    "statefulset-zero-grace",
    severity="error",
    since="0.1",
    fix="safe",
    yields_to=("GS604",),
    about=Feature.GRACE,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    pod = shutdown.pod
    grace = pod.grace
    if pod.workload.kind != "StatefulSet" or grace.is_default or grace.raw != 0:
        return
    hooks = any(container.pre_stop for container in pod.containers)
    yield Finding(
        "StatefulSet with grace period 0: a deleted pod is removed from the API before its "
        "processes end, so two pods with the same identity may run at the same time",
        at=Spot(grace.value, grace.label),
        need=Need(
            grace=shutdown.required(margin=margin, window=window).seconds,
            grace_removed=True,
            unsafe="the preStop hook, until now cut off after 1 s, would run to completion"
            if hooks
            else "",
        ),
    )
