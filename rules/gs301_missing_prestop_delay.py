"""A pod that receives traffic from outside stops without a delay.

When a pod is deleted, the kubelet stops its containers while the endpoints lose its address, in no
particular order. Proxies and load balancers learn of it seconds later and keep sending until then;
a server that has already closed refuses those requests (source: EKS best practices,
networking/loadbalancing; KEP-3960). A preStop sleep covers the gap.

Symptoms: 502, 503 or 504 errors, `connection refused` and reset connections for some seconds during
a deploy, scale-down or node drain.

| Sender | Keeps sending for about |
|---|---|
| kube-proxy, for a bare Service | 5 s |
| an ingress proxy or a load balancer | 10 s |
| an AWS ALB with ip targets; a Google load balancer with NEGs | 15 s |
| a load balancer with `externalTrafficPolicy: Local` | 15 s |
| an Azure Application Gateway; an AWS NLB with ip targets (GS302) | 90 s; 120 s |

The rule needs a proven path from an Ingress, route or load balancer through a Service to a port of
the pod, and more than one pod. It reports nothing where the app itself delays its stop (Quarkus,
Traefik and others have a setting for it), behind a mesh proxy, and for a Deployment with the
`Recreate` strategy. If the folder has another Service or Ingress of the same name over which
less comes in, the finding is only an info.

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
      - name: app  # <-- Ingress shop -> Service web -> this container
        image: example.com/web:1
        ports:
        - {name: http, containerPort: 8080}
```

```yaml fixed
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
        lifecycle:
          preStop:
            sleep:
              seconds: 10
      terminationGracePeriodSeconds: 40
```

A Service that receives nothing from outside is ignored unless the option `bare-service` is set:

```yaml bad bare-service=true
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
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app  # <-- Service web -> this container
        image: example.com/web:1
        ports: [{containerPort: 80}]
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
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        ports: [{containerPort: 80}]
        lifecycle:
          preStop:
            sleep:
              seconds: 5
      terminationGracePeriodSeconds: 35
```

```yaml good
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
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1", ports: [{containerPort: 80}]}
```

## Fix safety
Unsafe: every shutdown takes that much longer, including rollouts and drains. The grace period grows
by the same amount, unless the drains in the manifest show that there is room. If the target version
has no native sleep, the fix is an exec sleep; there is none for an image known to have no shell.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.delay import add_sleep, has_none
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS301",
    "missing-prestop-delay",
    severity="warning",
    since="0.1",
    fix="unsafe",
    yields_to=("GS302",),
    about=Feature.SERVED,
    widened_by=("bare_service",),
)
def check(
    shutdown: Shutdown,
    traffic: Traffic,
    *,
    bare_service: bool = False,
    margin: int = 5,
    window: int = 5,
) -> Iterator[Finding]:
    if not traffic.has_many_pods or not traffic.paths or traffic.is_irrelevant:
        return
    for stop, path in traffic.receivers():
        if not has_none(stop) or not (path.delay.is_outside or bare_service):
            continue
        seconds = path.delay.seconds
        yield Finding(
            f"{path} -> this container: nothing delays its stop signal, but {path.delay.sender} "
            f"keeps sending for about {seconds} s: those requests hit a server that is "
            f"shutting down",
            at=Spot(stop.container.value.get("name"), "stops immediately"),
            need=add_sleep(shutdown, stop, seconds, margin=margin, window=window),
            severity=Severity.INFO if path.is_doubtful or not path.delay.is_outside else None,
            chain=(*path.chain, *traffic.scaling),
        )
