"""A preStop hook leaves the app hardly any time to drain.

Hook and drain share the grace period. Once the hook is over, the app has the rest to finish its
requests after SIGTERM; a few seconds are too short for anything but an idle process (source:
`killContainer` in `pkg/kubelet/kuberuntime`, which gives the app the rest of the period, and at
least 2 s).

Symptoms: requests that fail during a deploy although there is a preStop sleep; containers that end
with exit code 137.

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
      terminationGracePeriodSeconds: 30
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep: {seconds: 28}  # <-- after preStop only 2 of 30 s remain
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
      terminationGracePeriodSeconds: 38
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep: {seconds: 28}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 30
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 25}}}
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
from k8slint.shutdown.seconds import format_number


@rule(
    "GS104",
    "short-drain-window",
    severity="info",
    since="0.1",
    fix="safe",
    yields_to=("GS001", "GS101", "GS108", "GS102"),
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    for stop in shutdown.main:
        takes, when = stop.hook_counts
        rest = grace.seconds - takes.low
        if stop.hook is None or not takes.low or not 0 < rest < window or stop.explicit_drain:
            continue
        budget = shutdown.budget(stop, None, margin=margin, window=window)
        required = shutdown.required(margin=margin, window=window)
        yield Finding(
            f"after preStop only {format_number(rest)} of {grace.seconds} s remain for the app to "
            f"drain{when}; {budget}",
            at=Spot(stop.hook.place, f"takes {takes} s"),
            because=Spot(grace.value, grace.label),
            need=Need(grace=required.seconds),
        )
