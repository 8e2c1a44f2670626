"""Hook and drain together exceed the grace period.

The grace period starts before the `preStop` hook and also has to cover the app's own drain after
the stop signal; native sidecars follow one after the other. Whatever still runs when it is used up
is killed (source: `killContainer` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`). The pod
cannot keep the timeout that the manifest gives the app. A drain that its team declares counts like
a timeout, and so does one that was measured; where hook and drain were measured together, their
time counts if it is longer than what is known of both.

Symptoms: requests or jobs that are cut off during a deploy or node drain; 502 or 504 errors;
containers that end with exit code 137.

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
        command: [gunicorn, --graceful-timeout, "30", app]  # <-- 30 + margin 5 = 50 s > grace
        lifecycle:
          preStop:
            sleep: {seconds: 15}
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
        command: [gunicorn, --graceful-timeout, "30", app]
        lifecycle:
          preStop:
            sleep: {seconds: 15}
      terminationGracePeriodSeconds: 50
```

A native sidecar is stopped once the app has exited, and drains in the time that is left:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 45
  initContainers:
  - name: sql
    image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
    restartPolicy: Always
    args: ["--max-sigterm-delay=20s", "project:region:db"]
  containers:
  - name: app
    image: example.com/web:1
    env:
    - name: SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE
      value: 25s  # <-- cloud-sql-proxy --max-sigterm-delay 20 + margin 5 = 50 s
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 50
  initContainers:
  - name: sql
    image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
    restartPolicy: Always
    args: ["--max-sigterm-delay=20s", "project:region:db"]
  containers:
  - name: app
    image: example.com/web:1
    env:
    - name: SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE
      value: 25s
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  containers:
  - name: app
    image: example.com/worker:1
    command: [bundle, exec, sidekiq, -t, "25"]
```

## Fix safety
Safe up to a grace period of 120 s: a longer grace period never kills a process sooner. Unsafe above
the notice of a spot node, above 60 s if a liveness or startup probe has no grace period of its own,
for Deployments with the Recreate strategy, and for pods with a host port. The app's timeout is
never shortened.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule(
    "GS102",
    "shutdown-budget-exceeded",
    severity="warning",
    since="0.1",
    fix="safe",
    yields_to=("GS001", "GS101", "GS108"),
    about=Feature.DRAIN,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    tail = any(stop.explicit_drain for stop in shutdown.sidecars)
    for stop in shutdown.main:
        drain = stop.explicit_drain
        is_timed = drain or stop.whole or (tail and stop.hook)
        if (drain and drain.program.is_sidecar) or not is_timed:
            continue
        budget = shutdown.budget(stop, drain, margin=margin)
        if budget.exact <= grace.seconds:
            continue
        place = drain.value if drain else stop.hook and stop.hook.place
        when = "" if stop.whole in budget.terms else stop.hook_counts[1]
        yield Finding(
            f"{budget} > grace period {grace}{when}: whatever still runs after "
            f"{grace.seconds} s is killed",
            at=Spot(place or stop.container.value, "counts towards the grace period"),
            because=Spot(grace.value, grace.label),
            need=Need(grace=shutdown.required(margin=margin, window=window).seconds),
        )
