"""A grace period longer than cluster-autoscaler waits.

When cluster-autoscaler scales a node down, it waits at most `--max-graceful-termination-sec` for
the pods it evicts, 600 s by default, and then removes the node even if some of them are still
stopping (source: cluster-autoscaler's FAQ). No manifest shows whether a cluster runs it, and with
which limit, so the rule is off by default; its option `limit` sets the number of seconds.

Symptoms: work that is lost when the cluster is scaled down; pods that disappear with their node.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: encoder}
spec:
  terminationGracePeriodSeconds: 1800  # <-- grace period 1800 s > 600 s
  containers:
  - name: app
    image: example.com/encoder:1
```

```yaml bad limit=900
apiVersion: v1
kind: Pod
metadata: {name: encoder}
spec:
  terminationGracePeriodSeconds: 901  # <-- grace period 901 s > 900 s
  containers:
  - name: app
    image: example.com/encoder:1
```

A pod that must not be evicted keeps its node:

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: encoder
  annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: "false"}
spec:
  terminationGracePeriodSeconds: 1800
  containers:
  - name: app
    image: example.com/encoder:1
```
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature

_SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"


@rule(
    "GS602",
    "grace-exceeds-autoscaler-limit",
    severity="info",
    since="0.1",
    default=False,
    about=Feature.GRACE,
    widened_by=("limit",),
    unfixed="whether the pod can stop sooner is not in the manifest; shorten its grace period, "
    "or raise the flag and set the option `limit` of this rule to the same value",
)
def check(pod: Pod, *, limit: int = 600) -> Iterator[Finding]:
    grace = pod.grace
    if grace.seconds is None or grace.seconds <= limit:
        return
    if pod.metadata.get("annotations").get(_SAFE_TO_EVICT).text == "false":
        return
    yield Finding(
        f"grace period {grace} > {limit} s, the longest that cluster-autoscaler waits for a pod "
        f"(--max-graceful-termination-sec): a scale-down removes the node while the pod is still "
        f"stopping",
        at=Spot(grace.value, grace.label),
    )
