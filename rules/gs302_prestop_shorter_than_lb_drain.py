"""A load balancer keeps sending for longer than the pod waits.

Some load balancers take minutes to let go of a target. An AWS NLB with ip targets keeps opening
connections to a pod for about two minutes after it is deregistered, whatever the deregistration
delay (source: kubernetes-sigs/aws-load-balancer-controller#2366 and #3270; its guide
`service/annotations.md` says which Services get one). For Azure's Application Gateway Ingress
Controller the recommended delay is 90 s (source: its guide "minimize downtime during deployments").
A pod that is gone by then refuses those connections.

Symptoms: 502 or 504 errors and timeouts at the load balancer for a minute or two during a deploy or
node drain.

The rule reports a hook that is known to be shorter, and a missing hook where there is more than one
pod. A hook of unknown length may be long enough. If the folder has another Service or
Ingress of the same name that does not send for as long, the finding is only an info.

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec:
  type: LoadBalancer
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
              seconds: 15  # <-- keeps sending for about 120 s, but preStop takes 15 s
        ports: [{name: http, containerPort: 8080}]
        livenessProbe:
          httpGet: {path: /healthz, port: http}
      terminationGracePeriodSeconds: 45
```

```yaml fixed
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec:
  type: LoadBalancer
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
              seconds: 120
        ports: [{name: http, containerPort: 8080}]
        livenessProbe:
          httpGet: {path: /healthz, port: http}
      terminationGracePeriodSeconds: 150
```

```yaml bad
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: azure-application-gateway
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
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app  # <-- Ingress shop -> Service web -> this container
        image: example.com/web:1
        ports: [{name: http, containerPort: 8080}]
```

```yaml fixed
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: azure-application-gateway
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
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        ports: [{name: http, containerPort: 8080}]
        lifecycle:
          preStop:
            sleep:
              seconds: 90
      terminationGracePeriodSeconds: 120
```

With instance targets the nodes stay registered, and kube-proxy sends connections to other pods:

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance
spec:
  type: LoadBalancer
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
              seconds: 10
        ports: [{name: http, containerPort: 8080}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec:
  type: LoadBalancer
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
              seconds: 120
        ports: [{name: http, containerPort: 8080}]
      terminationGracePeriodSeconds: 150
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec:
  type: LoadBalancer
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
        lifecycle: {preStop: {exec: {command: [/drain.sh]}}}
        ports: [{name: http, containerPort: 8080}]
```

## Fix safety
Unsafe: every shutdown takes that much longer, including rollouts and drains. The grace period grows
by the same amount; where that exceeds both 120 s and twice the sleep, liveness probes get a grace
period of their own, so that a hung container is still restarted soon.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.delay import add_sleep, extend_sleep, has_none, is_shorter
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.senders import AGIC, NLB_IP
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS302",
    "prestop-shorter-than-lb-drain",
    severity="warning",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK | Feature.SERVED,
)
def check(
    shutdown: Shutdown,
    traffic: Traffic,
    *,
    agic: int = 90,
    nlb: int = 120,
    margin: int = 5,
    window: int = 5,
) -> Iterator[Finding]:
    if not traffic.paths or traffic.is_irrelevant:
        return
    drains = {AGIC: agic, NLB_IP: nlb}
    for stop, path in traffic.receivers():
        if not path.delay.is_drain:
            continue
        seconds = drains[path.delay]
        sends = (
            f"{path} -> this container: {path.delay.sender} keeps sending for about {seconds} s"
        )
        if has_none(stop):
            if traffic.has_many_pods:
                yield Finding(
                    f"{sends}, and nothing delays the stop signal: those requests hit a server "
                    f"that is shutting down",
                    at=Spot(stop.container.value.get("name"), "stops immediately"),
                    need=add_sleep(shutdown, stop, seconds, margin=margin, window=window),
                    chain=(*path.chain, *traffic.scaling),
                    severity=Severity.INFO if path.is_doubtful else None,
                )
        elif stop.hook and is_shorter(stop, seconds):
            yield Finding(
                f"{sends}, but preStop takes {stop.hook_takes} s: requests after that hit a server "
                f"that is shutting down",
                at=Spot(stop.hook.place, f"takes {stop.hook_takes} s"),
                need=extend_sleep(shutdown, stop, seconds, margin=margin, window=window),
                chain=(*path.chain, *traffic.scaling),
                severity=Severity.INFO if path.is_doubtful else None,
            )
