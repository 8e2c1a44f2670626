"""An HTTP hook on a host-network pod always fails.

Without `host` the kubelet sends the request to the pod's address, which is empty for a pod on the
host network: the hook fails with "failed to find networking container", and the stop signal follows
immediately (sources: `runHTTPHandler` in `pkg/kubelet/lifecycle/handlers.go`, kubernetes#134285).

Symptoms: `FailedPreStopHook` events with `failed to find networking container`; a stop without the
delay.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: proxy}
spec:
  selector: {matchLabels: {app: proxy}}
  template:
    metadata: {labels: {app: proxy}}
    spec:
      hostNetwork: true
      containers:
      - name: proxy
        image: example.com/proxy:1
        lifecycle:
          preStop:
            httpGet: {path: /shutdown, port: 8090}  # <-- always fails
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: proxy}
spec:
  hostNetwork: true
  containers:
  - name: proxy
    image: example.com/proxy:1
    lifecycle:
      preStop:
        httpGet: {host: 127.0.0.1, path: /shutdown, port: 8090}
```
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Container
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature


@rule(
    "GS208",
    "http-hook-on-host-network",
    severity="warning",
    since="0.1",
    about=Feature.HOOK,
    unfixed="which address the app listens on is not in the manifest; set `host: 127.0.0.1` if "
    "it is that one",
)
def check(container: Container) -> Iterator[Finding]:
    network = container.pod.spec.get("hostNetwork")
    if not container.runs_hooks or network.scalar is not True:
        return
    for hook in container.hooks:
        request = hook.value.get("httpGet")
        if hook.handlers == ("httpGet",) and not request.get("host").text:
            yield Finding(
                f"{hook.event} httpGet without host on a hostNetwork pod always fails: the pod "
                f"has no address of its own, and the stop signal follows immediately",
                at=Spot(request, "no address"),
                because=Spot(network, "host network"),
            )
