"""A preStop sleep is shorter than endpoint changes usually take to propagate.

Proxies and load balancers learn that an endpoint is gone a few seconds late; the page of GS301 has
a table. If the sleep ends before they know, the last of their requests hit a server that is
shutting down. With `externalTrafficPolicy: Local` the health check of a whole node has to fail
first (source: KEP-1669). The numbers are typical, not guaranteed: propagation depends on the size
of the cluster, so the rule is off by default.

Symptoms: a few 502 errors or refused connections during a deploy, mostly in large clusters.

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
  replicas: 1
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
              seconds: 2  # <-- an ingress proxy keeps sending for about 10 s
        ports: [{name: http, containerPort: 8080}]
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
  replicas: 1
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
        ports: [{name: http, containerPort: 8080}]
      terminationGracePeriodSeconds: 38
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
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep:
              seconds: 5
        ports: [{name: http, containerPort: 8080}]
```

## Fix safety
Unsafe: every shutdown takes that much longer, and the grace period grows by the same amount.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.delay import extend_sleep, is_shorter
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS303",
    "prestop-shorter-than-propagation",
    severity="info",
    since="0.1",
    fix="unsafe",
    default=False,
    yields_to=("GS301", "GS302"),
    about=Feature.HOOK,
)
def check(
    shutdown: Shutdown, traffic: Traffic, *, margin: int = 5, window: int = 5
) -> Iterator[Finding]:
    if not traffic.paths or traffic.is_irrelevant:
        return
    for stop, path in traffic.receivers():
        seconds = path.delay.seconds
        if path.delay.is_drain or stop.hook is None or not stop.only_sleeps:
            continue
        if is_shorter(stop, seconds):
            yield Finding(
                f"{path} -> this container: {path.delay.sender} keeps sending for about "
                f"{seconds} s, but preStop sleeps {stop.hook_takes} s: requests after that can "
                f"hit a server that is shutting down",
                at=Spot(stop.hook.place, f"sleeps {stop.hook_takes} s"),
                need=extend_sleep(shutdown, stop, seconds, margin=margin, window=window),
                chain=path.chain,
            )
