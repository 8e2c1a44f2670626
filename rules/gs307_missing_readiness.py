"""A pod without a readiness probe receives traffic before it can serve.

Without a readiness probe the kubelet reports a container as ready as soon as it runs (source:
`UpdatePodStatus` in `pkg/kubelet/prober/prober_manager.go`, read on 2026-11-29). A rollout assumes
that the pod can serve: it stops an old pod, and the endpoints get the address of the new one while
its process is still loading. However well the old pods drain, some requests are refused.

Symptoms: 502 or 503 errors and `connection refused` from new pods during a deploy.

The rule needs a proven path from an Ingress, route or load balancer through a Service to a port of
the container, and more than one pod. It reports nothing if anything in the pod delays the rollout:
a readiness or startup probe of any of its containers, a readiness gate, a postStart hook (the
container is not running before it ends), or `minReadySeconds`.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
---
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
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app  # <-- Ingress shop -> Service web -> this container: without a readiness probe
        image: example.com/web:1
        ports:
        - {name: http, containerPort: 8080}
        livenessProbe:
          httpGet: {path: /healthz, port: http}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
---
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
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        ports:
        - {name: http, containerPort: 8080}
        readinessProbe:
          httpGet: {path: /ready, port: http}
```
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.traffic import Traffic

# Those that wait for new pods to be ready before they stop old ones, or the next one.
_ROLLED_OUT = frozenset({"Deployment", "StatefulSet", "Rollout", "DeploymentConfig", "CloneSet"})
_PROBES = frozenset({"readinessProbe", "startupProbe"})


@rule(
    "GS307",
    "missing-readiness",
    severity="info",
    since="0.1",
    default=False,
    about=Feature.SERVED,
    unfixed="which request or command shows that the app can serve is not in the manifest; add "
    "a readinessProbe with it",
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    pod = shutdown.pod
    if (
        pod.workload.kind not in _ROLLED_OUT
        or not traffic.has_many_pods
        or traffic.is_exempt
        or _is_held_back(pod)
    ):
        return
    for stop, path in traffic.receivers():
        if path.delay.is_outside:
            yield Finding(
                f"{path} -> this container: without a readiness probe it is reported as ready as "
                f"soon as it runs, so a rollout stops old pods and requests go to new ones before "
                f"they can serve",
                at=Spot(stop.container.value.get("name"), "has no readiness probe"),
                chain=(*path.chain, *traffic.scaling),
            )


def _is_held_back(pod: Pod) -> bool:
    """Whether a new pod may become ready or available later than it runs."""
    return (
        pod.workload.value.at("spec", "minReadySeconds").is_written
        or pod.spec.get("readinessGates").is_written
        or any(
            container.value.get(name).is_written
            for container in pod.containers
            for name in _PROBES
        )
        or any(hook.event == "postStart" for one in pod.containers for hook in one.hooks)
    )
