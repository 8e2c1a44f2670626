"""An autoscaled queue worker has only the default grace period for its tasks.

On SIGTERM celery, rq and dramatiq take no new tasks and wait for the running ones. An autoscaler
stops workers all day, and any of them may be in the middle of a task; after the default of 30 s
that task is killed (sources: celery's `apps/worker.py`, kedacore/keda#2901 and #6719). A worker
whose own limit fits, such as sidekiq's 25 s or a celery time limit, is not reported.

Symptoms: tasks that are killed or run twice when workers are scaled down or replaced.

```yaml bad
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: mailer}
spec:
  scaleTargetRef: {name: mailer}
  triggers: [{type: rabbitmq, metadata: {queueName: mail, value: "20"}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mailer}
spec:
  selector: {matchLabels: {app: mailer}}
  template:
    metadata: {labels: {app: mailer}}
    spec:
      containers:
      - name: worker  # <-- a task that takes longer than 30 s
        image: example.com/mailer:1
        command: [celery, -A, mailer, worker]
```

Without an autoscaler, workers are stopped only by rollouts and drains; the option `unscaled`
reports them too:

```yaml bad unscaled=true
apiVersion: apps/v1
kind: Deployment
metadata: {name: mailer}
spec:
  selector: {matchLabels: {app: mailer}}
  template:
    metadata: {labels: {app: mailer}}
    spec:
      containers:
      - name: worker  # <-- whenever a rollout or a drain stops it
        image: example.com/mailer:1
        command: [rq, worker, mail]
```

```yaml good
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: mailer}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: mailer}
  maxReplicas: 10
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mailer}
spec:
  selector: {matchLabels: {app: mailer}}
  template:
    metadata: {labels: {app: mailer}}
    spec:
      terminationGracePeriodSeconds: 600
      containers:
      - name: worker
        image: example.com/mailer:1
        command: [celery, -A, mailer, worker]
```
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.drain import Drain, task_limit
from k8slint.shutdown.exempt import runs_to_its_end
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.seconds import Kind, format_number
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS701",
    "worker-default-grace",
    severity="info",
    since="0.1",
    yields_to=("GS401", "GS403"),
    about=Feature.WORKER,
    unfixed="how long a task may take is not in the manifest; set a grace period for the "
    "longest one",
)
def check(
    shutdown: Shutdown, traffic: Traffic, *, unscaled: bool = False, margin: int = 5
) -> Iterator[Finding]:
    pod, grace = shutdown.pod, shutdown.grace
    if not grace.is_default or grace.seconds is None or runs_to_its_end(pod):
        return
    replicas = traffic.replicas
    scaler = replicas.scaler if replicas and replicas.low != replicas.high else None
    if not scaler and (not unscaled or replicas is None or replicas.high == 0):
        return
    when = (
        f"whenever {scaler.meta} scales down"
        if scaler
        else "whenever a rollout or a drain stops it"
    )
    for stop in shutdown.main:
        if (drain := _waits(stop)) and not _fits(drain, stop, grace.seconds - margin):
            limit = f", up to {format_number(drain.span.high)} s" if drain.span.is_known else ""
            yield Finding(
                f"{drain.program.name}{stop.origin} waits for its running tasks{limit}, but the pod has a "
                f"grace period of {grace}: {when}, a task that takes longer than "
                f"{grace.seconds} s is killed",
                at=Spot(stop.container.value.get("name"), f"a {drain.program.name} worker"),
                because=Spot(grace.value, grace.label),
                chain=(scaler.meta.at._replace(label=f"{scaler.meta} removes pods"),)
                if scaler
                else (),
            )


def _waits(stop: Stop) -> Drain | None:
    """Return the drain of a worker that waits for its tasks; a time limit of tasks is one too."""
    drain = stop.drain
    if drain is None or not drain.program.is_worker or drain.is_explicit:
        return None
    drain = task_limit(drain, stop.command) or drain
    return None if drain.span.kind is Kind.UNKNOWN else drain


def _fits(drain: Drain, stop: Stop, seconds: int) -> bool:
    return drain.span.high + stop.hook_takes.low <= seconds
