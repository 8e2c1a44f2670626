"""A PodDisruptionBudget that allows no evictions.

With `maxUnavailable: 0`, or a `minAvailable` that covers every pod, the API server rejects every
eviction. `kubectl drain` retries forever, cluster-autoscaler keeps the node, and upgrades wait for
their own timeout and then delete the pods in spite of the budget. Percentages are rounded up: 67%
of 3 pods is 3 (source: `getExpectedPodCount` in `pkg/controller/disruption/disruption.go`).

Symptoms: `Cannot evict pod as it would violate the pod's disruption budget`; a node drain or
cluster upgrade that never ends.

Where the number of pods matters, it has to be certain: no autoscaler raises it, no Kustomize patch
can change it, and the budget selects only the pods of this workload. If `replicas` is not set, an
operator may set it, so the finding is an info.

```yaml bad complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 67%
  selector: {matchLabels: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3  # <-- minAvailable 67% of 3 pods is 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
```

```yaml bad complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}  # <-- minAvailable 1 of 1 pod (default)
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
```

An autoscaler that cannot create more pods than the budget requires does not help:

```yaml bad complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 3
  selector: {matchLabels: {app: web}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}  # <-- minAvailable 3 of 3 pods, the maximum of HorizontalPodAutoscaler web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
```

With `maxUnavailable: 0` the number of pods does not matter:

```yaml bad
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: db}
spec:
  maxUnavailable: 0
  selector: {matchLabels: {app: db}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 3  # <-- maxUnavailable 0
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: app
        image: example.com/db:1
```

```yaml good complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 10
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
```
"""

from collections.abc import Iterator

from k8slint.kubernetes.defaults import REPLICATED
from k8slint.kubernetes.objects import DisruptionBudget
from k8slint.kubernetes.selecting import selects_only
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS703",
    "pdb-blocks-eviction",
    severity="warning",
    since="0.1",
    about=Feature.BUDGET,
    unfixed="how many pods the app can do without is not in the manifest; let the budget allow "
    "one eviction, or run more pods",
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    pod = shutdown.pod
    workload = pod.workload
    replicas = traffic.replicas
    if workload.kind not in REPLICATED or pod.is_partial or (replicas and replicas.high == 0):
        return
    for budget in traffic.cluster.disruption_budgets(pod):
        always = _always_none(budget)
        allowance = always or _none_of(_pods(traffic, budget), budget, traffic)
        if not allowance:
            continue
        written = workload.value.at("spec", "replicas")
        yield Finding(
            f"{budget.meta} allows no evictions ({allowance}): node drains block, and upgrades and "
            f"scale-downs wait or delete the pod by force",
            at=Spot(
                written if written.is_written else workload.value.at("metadata", "name"),
                "no pod may be evicted",
            ),
            severity=None if always or not _is_default(traffic) else Severity.INFO,
            chain=(budget.meta.at._replace(label=allowance),),
        )
        return


def _always_none(budget: DisruptionBudget) -> str:
    """Say why no pod may be evicted, however many there are; empty if one may."""
    both = budget.min_available and budget.max_unavailable  # the API rejects the object
    if not both and budget.max_unavailable in ("0", "0%"):
        return f"maxUnavailable {budget.max_unavailable}"
    return "minAvailable 100%" if not both and budget.min_available == "100%" else ""


def _pods(traffic: Traffic, budget: DisruptionBudget) -> int | None:
    """Return the most pods that a budget can select; None if that is not certain."""
    workload, cluster, replicas = traffic.pod.workload, traffic.cluster, traffic.replicas
    assert budget.selector
    if (
        replicas is None
        or workload.kustomized.is_patched
        or not selects_only(budget.selector, workload)
    ):
        return None
    scalers = ("HorizontalPodAutoscaler", "ScaledObject")
    is_certain = replicas.scaler or all(map(cluster.knows_all, scalers))
    return replicas.high if is_certain else None


def _none_of(pods: int | None, budget: DisruptionBudget, traffic: Traffic) -> str:
    """Say why none of the pods may be evicted; empty if one may, or if that is unknown."""
    least = budget.min_available
    if pods is None or not least or budget.max_unavailable:
        return ""
    of_all = f"minAvailable {least} of {pods} {'pod' if pods == 1 else 'pods'}{_source(traffic)}"
    if least.endswith("%"):
        share = -(-int(least[:-1]) * pods // 100)
        return f"{of_all} is {share}, rounded up" if share >= pods else ""
    return of_all if int(least) >= pods else ""


def _source(traffic: Traffic) -> str:
    """Say where the number of pods comes from, unless it is written."""
    if traffic.replicas and traffic.replicas.scaler:
        return f", the maximum of {traffic.replicas.scaler.meta}"
    return " (default)" if _is_default(traffic) else ""


def _is_default(traffic: Traffic) -> bool:
    """Whether nothing in the manifests sets the number of pods."""
    workload = traffic.pod.workload
    return not (
        (traffic.replicas and traffic.replicas.scaler)
        or workload.value.at("spec", "replicas").is_written
        or any(name == workload.name for name, _ in workload.kustomized.replicas)
    )
