"""The app's own drain is longer than the grace period.

The manifest gives the app a shutdown timeout that is longer than the grace period, so the kubelet
kills the process before the timeout expires (source: `killContainer` in
`pkg/kubelet/kuberuntime/kuberuntime_container.go`). A queue worker then loses the jobs it was about
to put back on the queue.

Symptoms: jobs or requests that are lost or run twice after a deploy; containers that end with exit
code 137.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      containers:
      - name: app
        image: example.com/worker:1
        command: ["bundle", "exec", "sidekiq"]
        args: ["-t", "100"]  # <-- sidekiq -t 100 + margin 5 = 105 s > grace period 30 s (default)
```

```yaml fixed
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      containers:
      - name: app
        image: example.com/worker:1
        command: ["bundle", "exec", "sidekiq"]
        args: ["-t", "100"]
      terminationGracePeriodSeconds: 105
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  containers:
  - name: app
    image: example.com/worker:1
    command: ["gunicorn", "--timeout", "120", "--graceful-timeout", "$(GRACE)", "app"]
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
    "GS108",
    "drain-exceeds-grace-period",
    severity="error",
    since="0.1",
    fix="safe",
    yields_to=("GS001", "GS101"),
    about=Feature.DRAIN,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    for stop in shutdown.stops:
        drain = stop.explicit_drain
        if drain is None or drain.program.is_sidecar or drain.span.low <= grace.seconds:
            continue
        assert drain.value
        budget = shutdown.budget(stop, drain, margin=margin)
        yield Finding(
            f"{budget} > grace period {grace}: {drain.program.name} is killed after "
            f"{grace.seconds} s, before its drain is over",
            at=Spot(
                drain.value, f"drains {'up to ' if drain.span.is_known else ''}{drain.span} s"
            ),
            because=Spot(grace.value, grace.label),
            need=Need(grace=shutdown.required(margin=margin, window=window).seconds),
        )
