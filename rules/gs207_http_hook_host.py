"""An HTTP hook sets a host.

The kubelet sends the request from the node, so `localhost` is the node and not the pod. Without a
host the request goes to the pod's address, which is nearly always what is meant (source:
`runHTTPHandler` in `pkg/kubelet/lifecycle/handlers.go`). From Kubernetes 1.34 on, the Pod Security
Standard "baseline" forbids the field, because it lets a manifest make the node call any address.

Symptoms: `FailedPreStopHook` events; a hook whose request never reaches the pod; pods that Pod
Security forbids.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        httpGet: {host: localhost, path: /drain, port: 8080}  # <-- host localhost
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        httpGet: {path: /drain, port: 8080}
```
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Container
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature


@rule(
    "GS207",
    "http-hook-host",
    severity="warning",
    since="0.1",
    default=False,
    about=Feature.HOOK,
    unfixed="whether the node or the pod is meant is not in the manifest; delete `host` if it "
    "is the pod",
)
def check(container: Container) -> Iterator[Finding]:
    if not container.runs_hooks:
        return
    for hook in container.hooks:
        host = hook.value.at("httpGet", "host")
        if host.is_written and host.text:
            yield Finding(
                f"{hook.event} httpGet to host {host.text}: the node sends the request, so "
                f"the name is resolved there and not in the pod; Pod Security baseline (1.34) "
                f"rejects the field",
                at=Spot(host, "resolved on the node"),
            )
