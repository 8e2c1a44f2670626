"""A Karpenter NodePool terminates the pod before its grace period is over.

The `terminationGracePeriod` of a NodePool limits how long its nodes may take to drain. A pod with a
longer grace period is deleted as soon as the drain begins, regardless of its disruption budgets,
and gets only what is left of the node's time (sources: Karpenter's page on disruption,
`DeleteExpiringPods` in `pkg/controllers/node/termination/terminator/terminator.go`).

Symptoms: work that is lost when Karpenter replaces, consolidates or expires a node; a disruption
budget that is ignored.

The rule matches the pod with the NodePools that can run it: their taints are tolerated, and their
labels and requirements fit its node selector and required affinity. It reports a warning if all of
them are known and each terminates the pod early, and an info if only some do or others may exist.

```yaml bad complete
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: default}
spec:
  template:
    spec:
      terminationGracePeriod: 1m
      requirements:
      - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: encoder}
spec:
  selector: {matchLabels: {app: encoder}}
  template:
    metadata: {labels: {app: encoder}}
    spec:
      terminationGracePeriodSeconds: 300  # <-- every NodePool that can run this pod
      containers:
      - name: app
        image: example.com/encoder:1
```

```yaml bad complete
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: short}
spec: {template: {spec: {terminationGracePeriod: 30s}}}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: patient}
spec: {template: {spec: {terminationGracePeriod: 1h30m}}}
---
apiVersion: v1
kind: Pod
metadata: {name: encoder}
spec:
  terminationGracePeriodSeconds: 300  # <-- terminationGracePeriod 30 s of NodePool short < grace period 300 s
  containers:
  - name: app
    image: example.com/encoder:1
```

```yaml good complete
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: short}
spec:
  template:
    spec:
      terminationGracePeriod: 30s
      taints: [{key: example.com/batch, effect: NoSchedule}]
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: patient}
spec: {template: {spec: {terminationGracePeriod: 1h30m}}}
---
apiVersion: v1
kind: Pod
metadata: {name: encoder}
spec:
  terminationGracePeriodSeconds: 300
  containers:
  - name: app
    image: example.com/encoder:1
```
"""

from collections.abc import Iterator
from operator import itemgetter

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.seconds import format_number
from k8slint.shutdown.traffic import Traffic

# Any number of NodePools can run any number of pods: that many are shown for each.
_SHOWN = 10


@rule(
    "GS603",
    "grace-exceeds-nodepool-limit",
    severity="warning",
    since="0.1",
    about=Feature.NODE,
    unfixed="whether the pod can stop sooner or the node can wait longer is not in the "
    "manifest; lower the one or raise the other",
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    grace, limits = shutdown.grace, shutdown.pool_limits
    if grace.seconds is None or shutdown.pod.is_partial:
        return
    count = limits.count_below(grace.seconds)
    if not count:
        return
    shown = limits.shortest(min(count, _SHOWN))
    pool, seconds = min(shown, key=itemgetter(1))
    is_sure = count == len(limits.pools) and traffic.cluster.knows_all("NodePool")
    who = (
        "every NodePool that can run this pod terminates"
        if is_sure
        else "a NodePool that can run this pod terminates"
    )
    yield Finding(
        f"{who} its nodes before the grace period is over: terminationGracePeriod "
        f"{format_number(seconds)} s of {pool.meta} < grace period {grace}, so the pod is deleted as soon "
        f"as the node drains and killed after {format_number(seconds)} s",
        at=Spot(grace.value, grace.label),
        severity=None if is_sure else Severity.INFO,
        chain=tuple(
            one.meta.at._replace(
                label=f"{one.meta} terminates its pods after {format_number(limit)} s"
            )
            for one, limit in shown
        ),
    )
