"""A grace period of zero or close to zero on a pod that has work to finish.

With 0, a deleted pod is removed from the API immediately, as with `--force`: nothing waits for it
to stop. The kubelet still gives a preStop hook 1 s and the app 2 s; if only the container is
restarted, it skips the hook (sources: `CheckGracefulDelete` in `pkg/registry/core/pod/strategy.go`,
`calculateEffectiveGracePeriod` in `pkg/kubelet/pod_workers.go`).

Symptoms: requests that fail or data that is lost when a pod is deleted; pods that are gone at once
while their processes still run.

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

A server cannot finish its requests either. Any Service is taken into account, even a headless one:
clients that find the pod through it send it requests. Services only for metrics, UDP or webhooks
are ignored: the 2 s that are left are enough to answer a webhook.

```yaml bad
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0  # <-- running requests of Service web are cut off
      containers:
      - {name: app, image: "example.com/web:1"}
```

```yaml fixed
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

A placeholder pod, or one with neither a hook nor a Service, has nothing to finish. A DaemonSet on
the host network is replaced in place, whichever Service leads to it; only its hook matters:

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: balloon}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: pause
    image: registry.k8s.io/pause:3.10
---
apiVersion: v1
kind: Service
metadata: {name: speaker}
spec:
  selector: {app: speaker}
  ports: [{port: 7946}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: speaker}
spec:
  selector: {matchLabels: {app: speaker}}
  template:
    metadata: {labels: {app: speaker}}
    spec:
      hostNetwork: true
      terminationGracePeriodSeconds: 0
      containers:
      - {name: speaker, image: "example.com/speaker:1"}
```

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cni}
spec:
  selector: {matchLabels: {app: cni}}
  template:
    metadata: {labels: {app: cni}}
    spec:
      hostNetwork: true
      terminationGracePeriodSeconds: 0  # <-- the preStop hook gets at most 1 s and the app 2 s
      containers:
      - name: cni
        image: example.com/cni:1
        lifecycle: {preStop: {exec: {command: [/bin/cni, shutdown]}}}
```

```yaml fixed
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cni}
spec:
  selector: {matchLabels: {app: cni}}
  template:
    metadata: {labels: {app: cni}}
    spec:
      hostNetwork: true
      containers:
      - name: cni
        image: example.com/cni:1
        lifecycle: {preStop: {exec: {command: [/bin/cni, shutdown]}}}
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: cni}
spec:
  # Be gone at once.
  terminationGracePeriodSeconds: 0  # <-- the preStop hook gets at most 1 s and the app 2 s
  containers:
  - name: cni
    image: example.com/cni:1
    lifecycle: {preStop: {exec: {command: [/bin/cni, shutdown]}}}
```

## Fix safety
Unsafe: the zero is often deliberate, and without it a hung pod stays for 30 s. There is no fix where
a comment stands directly above, as it most likely says why.
"""

from collections.abc import Iterator

from k8slint.kubernetes.objects import Service
from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.exempt import holds_a_place, is_left_alone, serves_the_node
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair
from k8slint.shutdown.traffic import Traffic
from k8slint.shutdown.ways import request_ports, selection

_SHORT = 5
_EXPLAINED = NoRepair("the comment above would stay and speak of nothing; change both")


@rule(
    "GS106",
    "zero-grace-period",
    severity="warning",
    since="0.1",
    fix="unsafe",
    yields_to=("GS604", "GS700"),
    about=Feature.GRACE,
)
def check(
    shutdown: Shutdown, traffic: Traffic, *, margin: int = 5, window: int = 5
) -> Iterator[Finding]:
    pod = shutdown.pod
    grace = pod.grace
    if grace.is_default or grace.raw is None or not 0 <= grace.raw < _SHORT:
        return
    if holds_a_place(pod):
        return
    service = None if serves_the_node(pod) else _server_of(traffic)
    if _has_hook(pod):
        message = _of_hook(grace.raw)
    elif service:
        message = _of_service(grace.raw, service)
    else:
        return
    yield Finding(
        message,
        at=Spot(grace.value, grace.label),
        severity=None if grace.raw == 0 else Severity.INFO,
        need=_EXPLAINED
        if grace.value.is_explained
        else Need(
            grace=shutdown.required(margin=margin, window=window).seconds,
            grace_removed=True,
            unsafe="a hung pod would stay for 30 s",
        ),
        chain=(selection(service),) if service else (),
    )


def _of_hook(seconds: int) -> str:
    if seconds == 0:
        return (
            "grace period 0: the pod is removed from the API immediately, the preStop hook gets at "
            "most 1 s and the app 2 s; on container restarts the hook is skipped"
        )
    return (
        f"grace period {seconds}: the preStop hook and the app share {seconds} s; the app gets what "
        f"the hook leaves, but at least 2 s"
    )


def _of_service(seconds: int, service: Service) -> str:
    cut = f"running requests of {service.meta} are cut off"
    if seconds == 0:
        return (
            f"grace period 0: the pod is removed from the API immediately and its app is killed "
            f"2 s later; {cut}"
        )
    return (
        f"grace period {seconds}: the app is killed {max(seconds, 2)} s after its "
        f"stop signal; {cut}"
    )


def _server_of(traffic: Traffic) -> Service | None:
    """Return a Service whose requests the pod answers, if any."""
    if traffic.pod.is_partial or is_left_alone(traffic.pod):
        return None
    servers = (one for one in traffic.services if "webhook" not in one.meta.name)
    return next((one for one in servers if request_ports(one)), None)


def _has_hook(pod: Pod) -> bool:
    return any(container.pre_stop and container.pre_stop.handlers for container in pod.containers)
