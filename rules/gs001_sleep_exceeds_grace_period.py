"""A native sleep is longer than the grace period.

The API server rejects a pod whose `sleep` action lasts longer than `terminationGracePeriodSeconds`
(30 when unset), so the mistake surfaces when the manifest is applied, not in review. The check uses
the pod's grace period for `preStop` and `postStart` alike and accepts a sleep of the same length,
although its error message says "less than" (source: `validateSleepAction` in
`pkg/apis/core/validation/validation.go`).

Symptoms: the deploy fails, the API server rejects the object because of the seconds of the sleep.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep:
              seconds: 60  # <-- preStop sleep 60 s is longer than the grace period 30 s (default)
```

```yaml fixed
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep:
              seconds: 60
      terminationGracePeriodSeconds: 70
```

A postStart sleep only needs a grace period of the same length:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: warm}
spec:
  terminationGracePeriodSeconds: 10
  containers:
  - name: app
    image: example.com/app:1
    lifecycle: {postStart: {sleep: {seconds: 20}}}  # <-- postStart sleep 20 s is longer
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: warm}
spec:
  terminationGracePeriodSeconds: 20
  containers:
  - name: app
    image: example.com/app:1
    lifecycle: {postStart: {sleep: {seconds: 20}}}
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
    lifecycle: {preStop: {sleep: {seconds: 15}}}
```

## Fix safety
Safe up to a grace period of 120 s: a longer grace period never kills a process sooner. Unsafe above
the notice of a spot node, above 60 s if a liveness or startup probe has no grace period of its own,
for Deployments with the Recreate strategy, and for pods with a host port.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule(
    "GS001",
    "sleep-exceeds-grace-period",
    severity="error",
    since="0.1",
    fix="safe",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    stored = _stored(shutdown)
    if stored is None:
        return
    for stop in shutdown.stops:
        for hook in stop.container.hooks:
            seconds = hook.sleep.number
            if hook.handlers != ("sleep",) or seconds is None or seconds <= stored:
                continue
            needed = seconds
            if hook.event == "preStop":
                needed = max(seconds, shutdown.required(margin=margin, window=window).seconds)
            yield Finding(
                f"{hook.event} sleep {seconds} s is longer than the grace period "
                f"{grace if stored >= 0 else stored}: the API server rejects this object",
                at=Spot(hook.place, f"sleeps {seconds} s"),
                because=Spot(grace.value, grace.label),
                need=Need(grace=needed),
            )


def _stored(shutdown: Shutdown) -> int | None:
    """Return the grace period that the API server holds a sleep against.

    It makes a negative one of a bare Pod 1 before it validates the Pod, and not in templates:
    `Convert_v1_Pod_To_core_Pod` in `pkg/apis/core/v1/conversion.go`, `SetDefaults_Pod` since 1.37.
    """
    raw = shutdown.grace.raw
    is_pod = shutdown.pod.workload.kind == "Pod"
    return 1 if raw is not None and raw < 0 and is_pod else raw
