"""A rollout stops all pods at once, or replaces none.

However well each pod drains, requests that arrive meanwhile need another pod. `Recreate` scales the
old pods to zero and starts new ones only when all of them are gone. With a `maxUnavailable` that
covers all pods, a rolling update stops them all before any new one is ready. `OnDelete` replaces no
pod: each keeps running until someone deletes it, and how many are stopped at once is up to them
(source: `rolloutRecreate` in `pkg/controller/deployment/recreate.go`, `MaxUnavailable` in
`pkg/controller/deployment/util/deployment_util.go` and `updateStatefulSet` in
`pkg/controller/statefulset/stateful_set_control.go`, read on 2026-11-29).

Symptoms: downtime or 503 errors during each deploy; a rollout that replaces no pod.

The rule needs a proven path from an Ingress, route or load balancer through a Service to the pods,
and more than one pod. A single pod with `Recreate` is not reported: a volume may require it.

```yaml bad
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  strategy:
    type: Recreate  # <-- Recreate stops all 3 pods before a new one starts
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

```yaml bad
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  strategy:
    rollingUpdate: {maxUnavailable: 2, maxSurge: 1}  # <-- maxUnavailable 2 of 2 pods
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

```yaml bad
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 3
  updateStrategy: {type: OnDelete}  # <-- OnDelete replaces none of the 3 pods
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  strategy:
    rollingUpdate: {maxUnavailable: 1}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Workload
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.scalars import as_int64
from k8slint.manifest.values import Value
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.traffic import Traffic

_STRATEGIES = {
    "Deployment": "strategy",
    "StatefulSet": "updateStrategy",
    "DaemonSet": "updateStrategy",
}


@rule(
    "GS710",
    "rollout-outruns-drain",
    severity="info",
    since="0.1",
    default=False,
    about=Feature.SERVED,
    unfixed="whether old and new pods may run side by side is not in the manifest; use a "
    "rolling update that keeps some of them, if they may",
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    workload = shutdown.pod.workload
    pods = _pods(workload, traffic)
    path = next((path for path in traffic.paths if path.delay.is_outside), None)
    if not workload.is_built_in or not pods or not path or traffic.is_exempt:
        return
    for place, what in _all_at_once(workload, pods, traffic):
        yield Finding(
            f"{what}: requests through {path} then have nowhere to go, however well each pod drains",
            at=Spot(place, "all at once"),
            chain=path.chain,
        )
    kind = workload.value.at("spec", _STRATEGIES[workload.kind], "type")
    if kind.text == "OnDelete" and workload.kind != "Deployment":
        yield Finding(
            f"OnDelete replaces none of the {pods}: each runs the old version until someone "
            f"deletes it, and {path} loses as many at once as are deleted together",
            at=Spot(kind, "replaces no pod"),
            chain=path.chain,
        )


def _pods(workload: Workload, traffic: Traffic) -> str:
    """Return how many pods are replaced; empty if there may be only one."""
    if workload.kind == "DaemonSet":
        return "pods"
    replicas = traffic.replicas
    if workload.kind not in _STRATEGIES or replicas is None or not replicas.are_many:
        return ""
    if replicas.high == replicas.low:
        return f"{replicas.low} pods"
    return "pods" if replicas.high is None else f"up to {replicas.high} pods"


def _all_at_once(workload: Workload, pods: str, traffic: Traffic) -> Iterator[tuple[Value, str]]:
    """Yield what stops all pods before a new one is ready."""
    strategy = workload.value.at("spec", _STRATEGIES[workload.kind])
    kind = strategy.get("type")
    if kind.text == "Recreate" and workload.kind == "Deployment":
        yield kind, f"Recreate stops all {pods} before a new one starts"
    # A StatefulSet's is beta: clusters may drop it.
    if kind.text in (None, "RollingUpdate") and workload.kind != "StatefulSet":
        most = strategy.at("rollingUpdate", "maxUnavailable")
        if most.text == "100%":
            yield most, f"maxUnavailable 100% stops all {pods} before a new one is ready"
        count, replicas = as_int64(most.scalar), traffic.replicas
        high = replicas.high if replicas else None
        if count is not None and high is not None and count >= high:
            yield most, f"maxUnavailable {count} of {pods} stops all before a new one is ready"
