"""A preStop sleep on a pod that receives no traffic.

A preStop sleep gives proxies and load balancers time to learn that a pod is going away. A pod that
no Service selects is behind none of them: the sleep only makes rollouts, scale-downs and node
drains longer (source: EKS best practices, where the endpoint race is the only reason for the
sleep).

Symptoms: slow rollouts and node drains; pods that are Terminating for no reason.

The rule concludes that no Service selects a pod only if whole folders are read and contain any
Services at all. It ignores pods with more than one container, where a sleep can keep one running
for another; pods with host ports or a mesh proxy; StatefulSets, whose Service must be somewhere
else; and custom resources, whose controllers create Services of their own.

```yaml bad
apiVersion: batch/v1
kind: Job
metadata: {name: report}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: report
        image: example.com/report:1
        lifecycle:
          preStop:
            sleep:
              seconds: 15  # <-- a Job receives no requests
```

```yaml fixed
apiVersion: batch/v1
kind: Job
metadata: {name: report}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: report
        image: example.com/report:1
```

```yaml bad complete
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: mailer}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep:
              seconds: 10  # <-- no Service selects this pod
```

```yaml fixed
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: mailer}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: mailer}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep:
              seconds: 10
```

```yaml good complete
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
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
              seconds: 10
```

## Fix safety
Unsafe: the sleep may have a reason that the manifests do not show, such as clients that know the
pod's address.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.delay import remove_hook
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need
from k8slint.shutdown.traffic import Traffic

_JOBS = frozenset({"Job", "CronJob"})
_SERVERS = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "DaemonSet"})


@rule(
    "GS304",
    "needless-prestop-sleep",
    severity="info",
    since="0.1",
    fix="unsafe",
    default=False,
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    pod = shutdown.pod
    if pod.is_partial or len(pod.main) != 1 or traffic.mesh:
        return
    (stop,) = shutdown.main
    if stop.hook is None or not stop.only_sleeps or not stop.hook_takes.low:
        return
    if why := _why_nobody_sends(pod, traffic):
        yield Finding(
            f"{why}: the preStop sleep of {stop.hook_takes} s only makes every shutdown longer",
            at=Spot(stop.hook.place, f"sleeps {stop.hook_takes} s"),
            need=Need(
                operations=(remove_hook(stop.hook),),
                title="remove the preStop sleep",
                unsafe="the sleep may have a reason that the manifests do not show",
            ),
        )


def _why_nobody_sends(pod: Pod, traffic: Traffic) -> str:
    kind = pod.workload.kind
    if not pod.workload.is_built_in or traffic.services or _has_host_ports(pod):
        return ""
    if kind in _JOBS:
        return f"a {kind} receives no requests"
    if kind in _SERVERS and not traffic.cluster.may_be_selected(pod):
        return "no Service selects this pod"
    return ""


def _has_host_ports(pod: Pod) -> bool:
    ports = (port for container in pod.containers for port in container.value.get("ports").items())
    host_network = pod.spec.get("hostNetwork").scalar is True
    return host_network or any(port.get("hostPort").is_written for port in ports)
