"""A preStop hook uses up the grace period.

The grace period starts before the hook and covers hook and app together. A hook that lasts as long
is abandoned at the deadline: the stop signal is sent only then, and SIGKILL follows 2 s later
(source: `killContainer` and `minimumGracePeriodInSeconds` in `pkg/kubelet/kuberuntime`). The app
has no time to finish its requests, flush its data or leave its cluster.

Symptoms: 502 or 503 errors and reset connections during a deploy or node drain; containers that end
with exit code 137; pods that are Terminating for the whole grace period.

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
            exec:
              command: ["/bin/sh", "-c", "sleep 60"]  # <-- preStop takes 60 s, the grace period is 30 s
        env: []
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
            exec:
              command: ["/bin/sh", "-c", "sleep 60"]
        env: []
      terminationGracePeriodSeconds: 70
```

Using the same number for both is a common mistake:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 25
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep: {seconds: 25}  # <-- preStop takes 25 s, the grace period is 25 s
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 35
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep: {seconds: 25}
```

A command after `&&` runs if the command before it succeeds, which is what the author expects. It is
therefore taken into account, as a warning that names the condition; a command after `||` is not:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "touch /tmp/drain && sleep 60"]  # <-- preStop takes 60 s when `touch /tmp/drain` succeeds
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
        exec:
          command: ["sh", "-c", "touch /tmp/drain && sleep 60"]
  terminationGracePeriodSeconds: 70
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
    lifecycle: {preStop: {exec: {command: [sleep, "15"]}}}
```

## Fix safety
Safe up to a grace period of 120 s: a longer grace period never kills a process sooner. Unsafe above
the notice of a spot node, above 60 s if a liveness or startup probe has no grace period of its own,
for Deployments with the Recreate strategy, and for pods with a host port. The hook itself is never
shortened.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule(
    "GS101",
    "prestop-consumes-grace-period",
    severity="error",
    since="0.1",
    fix="safe",
    yields_to=("GS001",),
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    for stop in shutdown.stops:
        takes, when = stop.hook_counts
        if stop.hook is None or takes.low < grace.seconds:
            continue
        budget = required = shutdown.required(margin=margin, window=window)
        if stop in shutdown.main:
            drain = stop.explicit_drain
            budget = shutdown.budget(stop, drain, margin=margin, window=window)
        yield Finding(
            f"preStop takes {takes} s{when}, the grace period is {grace.seconds} s: the stop signal "
            f"arrives at the deadline, the app gets 2 s and is then killed; {budget}",
            at=Spot(stop.hook.place, f"takes {takes} s"),
            because=Spot(grace.value, grace.label),
            need=Need(grace=required.seconds),
            severity=Severity.WARNING if when else None,
        )
