"""The preStop sleep is on a container that does not receive the requests.

Hooks belong to containers, and all containers of a pod start to stop at the same moment: a preStop
sleep delays only the stop signal of its own container (source: `killContainersWithSyncResult` in
`pkg/kubelet/kuberuntime/kuberuntime_container.go`). If the Service's port leads to another
container, the one that answers requests is stopped immediately.

Symptoms: 502 errors or `connection refused` during a deploy although there is a preStop sleep.

Known proxies that have to outlive the app, such as the Cloud SQL proxy, are ignored.

```yaml bad
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
      - name: metrics
        image: example.com/exporter:1
        lifecycle:
          preStop:
            sleep:
              seconds: 15  # <-- the sleep of 15 s is on `metrics`, but requests to Service web go to `app`
        ports: [{containerPort: 9100}]
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
              seconds: 15
        ports: [{name: http, containerPort: 8080}]
      - name: metrics
        image: example.com/exporter:1
        lifecycle:
          preStop:
            sleep:
              seconds: 15
        ports: [{containerPort: 9100}]
```

"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.delay import has_none
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS305",
    "sleep-on-wrong-container",
    severity="info",
    since="0.1",
    about=Feature.HOOK,
    unfixed="whether both containers or only the other one is to sleep is not in the manifest; "
    "give that one a preStop sleep, or move this one",
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    if len(shutdown.main) < 2 or not traffic.paths or traffic.is_irrelevant:
        return
    declared = {
        container.name
        for path in traffic.slowest
        for container in map(traffic.declared_owner, path.ports)
        if container
    }
    receivers = [(stop, path) for stop, path in traffic.receivers() if has_none(stop)]
    sleepers = [stop for stop in shutdown.main if stop.hook and stop.hook_takes.low]
    if not receivers or not all(_is_beside(stop, declared) for stop in sleepers):
        return
    server, path = receivers[0]
    for stop in sleepers:
        assert stop.hook
        yield Finding(
            f"the sleep of {stop.hook_takes} s is on `{stop.container.name}`, but requests to "
            f"{path.service.meta} go to `{server.container.name}`, which gets its stop signal "
            f"immediately",
            at=Spot(stop.hook.place, f"sleeps {stop.hook_takes} s"),
            because=Spot(server.container.value.get("name"), "stops immediately"),
            chain=path.chain,
        )


def _is_beside(stop: Stop, declared: set[str]) -> bool:
    """Whether a container sleeps for nothing: it receives no requests, and no app needs it."""
    is_proxy = stop.drain is not None and stop.drain.program.is_sidecar
    return stop.only_sleeps and stop.container.name not in declared and not is_proxy
