"""A hook and the program's default drain together can exceed the grace period.

Gunicorn, Spring Boot, .NET, Triton and cloudflared give in-flight requests 30 s by default, exactly
the default grace period, so with any `preStop` delay on top the worst case exceeds it (source:
`killContainer` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`; spring-boot#26469 describes
the case). Most shutdowns end far sooner; this matters where requests are long. A limit on a single
task of a queue worker, such as `celery --time-limit`, is treated the same way, since a task that
has just started can take that long.

Symptoms: long requests or tasks that are cut off during a deploy; an occasional container that
ends with exit code 137.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, app]
    lifecycle:
      preStop:
        sleep: {seconds: 10}  # <-- preStop 10 + gunicorn default 30 + margin 5 = 45 s
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, app]
    lifecycle:
      preStop:
        sleep: {seconds: 10}
  terminationGracePeriodSeconds: 45
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/worker:1
    command: [celery, -A, shop, worker, --time-limit=90]  # <-- celery --time-limit 90 + margin 5
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  terminationGracePeriodSeconds: 95
  containers:
  - name: app
    image: example.com/worker:1
    command: [celery, -A, shop, worker, --time-limit=90]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, app]
```

## Fix safety
Safe up to a grace period of 120 s: a longer grace period never kills a process sooner. Unsafe above
the notice of a spot node, above 60 s if a liveness or startup probe has no grace period of its own,
for Deployments with the Recreate strategy, and for pods with a host port.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.values import Value
from k8slint.shutdown.drain import Drain, task_limit
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need


@rule(
    "GS103",
    "default-drain-exceeds-budget",
    severity="info",
    since="0.1",
    fix="safe",
    default=False,
    yields_to=("GS001", "GS101", "GS108", "GS102", "GS104"),
    about=Feature.PROGRAM | Feature.IMAGE,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    for stop in shutdown.main:
        drain = _worst(stop)
        if drain is None:
            continue
        budget = shutdown.budget(stop, drain, margin=margin)
        if budget.exact <= grace.seconds:
            continue
        required = shutdown.required(margin=margin, window=window)
        yield Finding(
            f"{budget} > grace period {grace}: in the worst case, whatever still runs "
            f"after {grace.seconds} s is killed{stop.origin}",
            at=Spot(_place(stop, drain), "counts towards the grace period"),
            because=Spot(grace.value, grace.label),
            need=Need(grace=max(required.seconds, budget.seconds)),
        )


def _worst(stop: Stop) -> Drain | None:
    """Return the drain that the manifest does not set: a program's default, or the longest task."""
    drain = stop.expected.drain
    if drain is None or stop.explicit_drain or drain.program.is_sidecar:
        return None
    if limit := task_limit(drain, stop.expected.command):
        return limit
    delays = stop.hook is not None and stop.hook_takes.low > 0
    return drain if delays and drain.span.is_known and drain.span.high > 0 else None


def _place(stop: Stop, drain: Drain) -> Value:
    if drain.value is not None:
        return drain.value
    return stop.hook.place if stop.hook else stop.container.value
