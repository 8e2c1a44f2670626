"""A proxy's drain is longer than the grace period.

Annotations, flags and variables of Dapr, Linkerd, Istio, Consul, Kuma and the proxies of Cloud SQL
and AlloyDB set how long the proxy keeps running after the stop signal. The kubelet knows nothing
about them: when the pod's grace period is over, the proxy is killed, along with whatever it was
waiting for (source: `killContainer` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`; Dapr says
the same about `dapr.io/graceful-shutdown-seconds`).

Symptoms: connections that are cut at the end of a stop; a proxy container that ends with exit code
137.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        dapr.io/enabled: "true"
        dapr.io/graceful-shutdown-seconds: "60"  # <-- 60 > grace period 30 s (default)
    spec:
      containers:
      - name: app
        image: example.com/web:1
```

```yaml fixed
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        dapr.io/enabled: "true"
        dapr.io/graceful-shutdown-seconds: "60"
    spec:
      containers:
      - name: app
        image: example.com/web:1
      terminationGracePeriodSeconds: 65
```

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    proxy.istio.io/config: "terminationDrainDuration: 45s"  # <-- Istio terminationDrainDuration 45
spec:
  terminationGracePeriodSeconds: 40
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    proxy.istio.io/config: "terminationDrainDuration: 45s"
spec:
  terminationGracePeriodSeconds: 50
  containers:
  - name: app
    image: example.com/web:1
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    config.linkerd.io/shutdown-grace-period: 25s
spec:
  containers:
  - name: app
    image: example.com/web:1
```

## Fix safety
Safe up to a grace period of 120 s: a longer grace period never kills a process sooner. Unsafe above
the notice of a spot node, above 60 s if a liveness or startup probe has no grace period of its own,
for Deployments with the Recreate strategy, and for pods with a host port.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need
from k8slint.shutdown.seconds import format_number
from k8slint.shutdown.sidecars import ProxyDrain


@rule(
    "GS502",
    "sidecar-drain-exceeds-grace",
    severity="warning",
    since="0.1",
    fix="safe",
    about=Feature.DRAIN | Feature.MESH,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    for drain in (*shutdown.proxy_drains, *_flags(shutdown)):
        if drain.seconds <= grace.seconds:
            continue
        yield Finding(
            f"{drain.name} {format_number(drain.seconds)} > grace period {grace}: the proxy is killed "
            f"after {grace.seconds} s, along with the connections it is waiting for",
            at=Spot(drain.value, f"drains up to {format_number(drain.seconds)} s"),
            because=Spot(grace.value, grace.label),
            need=Need(grace=shutdown.required(margin=margin, window=window).seconds),
        )


def _flags(shutdown: Shutdown) -> Iterator[ProxyDrain]:
    """Yield the drains that proxies in the pod have by their own flags."""
    for stop in shutdown.stops:
        drain = stop.explicit_drain
        if drain and drain.program.is_sidecar and drain.value:
            yield ProxyDrain(drain.program.name, drain.label, drain.span.low, drain.value)
