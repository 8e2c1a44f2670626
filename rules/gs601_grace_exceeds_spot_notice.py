"""A pod needs longer to stop than a spot node gives it.

Providers reclaim spot nodes on short notice, and whatever has not stopped by then is lost with the
node. Google gives 30 s, of which pods that are not system-critical get 15, on Autopilot up to 25;
Azure gives 30 s, Amazon EC2 120 s (sources: GKE documentation on Spot VMs and Spot Pods, Azure
scheduled events, Karpenter's page on disruption). The rule compares this with the hook plus the
drain set in the manifest.

Symptoms: work that is lost when a spot or preemptible node is reclaimed.

From GKE 1.35 on, a node pool can give its pods up to 120 s, which workload manifests do not show.

A pod that requires spot nodes, by its node selector or by every term of its node affinity, gets a
warning; on Google it gets an info for anything over 15 s. A pod that only tolerates or prefers them
gets an info.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector:
        cloud.google.com/gke-spot: "true"  # <-- preStop 15 + gunicorn --graceful-timeout 30 = 45 s
      terminationGracePeriodSeconds: 60
      containers:
      - name: app
        image: example.com/web:1
        command: [gunicorn, --graceful-timeout, "30", "app:app"]
        lifecycle: {preStop: {sleep: {seconds: 15}}}
```

A toleration, or one of several terms, is not a requirement:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 90
  tolerations:
  - {key: kubernetes.azure.com/scalesetpriority, operator: Equal, value: spot}  # <-- can run on
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 60}}}
```

A grace period longer than the notice and longer than anything the pod is known to need promises
time that the node does not give. The 30 s that every pod has by default, even if written out, are
not reported for that alone:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 300
  nodeSelector:
    karpenter.sh/capacity-type: spot  # <-- grace period 300 s > notice 120 s
  containers:
  - name: app
    image: example.com/web:1
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions:
          - {key: cloud.google.com/gke-spot, operator: DoesNotExist}
  terminationGracePeriodSeconds: 300
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 60}}}
```
"""

from collections.abc import Iterator
from functools import lru_cache

from k8slint.kubernetes.defaults import DEFAULT_GRACE
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.budget import Budget
from k8slint.shutdown.exempt import holds_a_place
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.platforms import SPOT_CLASSES, SpotClass, ceilings

_LABELS = frozenset(spot.label for spot in SPOT_CLASSES)


@rule(
    "GS601",
    "grace-exceeds-spot-notice",
    severity="warning",
    since="0.1",
    about=Feature.NODE,
    unfixed="whether the pod can stop sooner or is to avoid these nodes is not in the manifest; "
    "shorten its shutdown, or change where it may run",
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    if not _names_spot_nodes(shutdown.pod.spec.document.text):
        return
    grace = shutdown.grace
    found = sorted(ceilings(shutdown.pod), key=lambda one: (not one.required, one.spot.notice))
    if not found or holds_a_place(shutdown.pod):
        return
    budgets = (shutdown.budget(stop, stop.explicit_drain, margin=0) for stop in shutdown.main)
    takes = max(budgets, key=lambda budget: budget.exact, default=Budget(()))
    # A pod that requires any one of several classes may be on that with the longest notice.
    longest = [one for one in found if one.required][-1:]
    for ceiling, severity, limit in (
        *((one, None, one.spot.notice) for one in longest),
        *((one, Severity.INFO, one.spot.sure) for one in longest),
        *((one, Severity.INFO, one.spot.notice) for one in found if not one.required),
    ):
        spot = ceiling.spot
        if takes.exact > limit:
            yield Finding(
                f"the pod {'must' if ceiling.required else 'can'} run on {spot.name}, which is "
                f"gone {_notice(spot)} after its notice, but {takes} does not fit: whatever is "
                f"unfinished by then is lost with the node",
                at=Spot(ceiling.value, f"notice of {_notice(spot)}"),
                because=Spot(grace.value, grace.label),
                severity=severity,
            )
            return
    needed = shutdown.required(margin=margin, window=window).seconds
    for ceiling in longest:
        enough = max(ceiling.spot.notice, needed)
        if grace.seconds is None or grace.seconds == DEFAULT_GRACE or grace.seconds <= enough:
            continue
        yield Finding(
            f"grace period {grace} > notice {_notice(ceiling.spot)} of {ceiling.spot.name}, "
            f"where the pod must run: whatever is unfinished by then is lost with the node",
            at=Spot(ceiling.value, f"notice of {_notice(ceiling.spot)}"),
            because=Spot(grace.value, grace.label),
            severity=Severity.INFO,
        )


# A List of many pods is searched once.
@lru_cache(maxsize=1)
def _names_spot_nodes(text: str) -> bool:
    return any(label in text for label in _LABELS)


def _notice(spot: SpotClass) -> str:
    return f"{spot.notice} s" if spot.sure == spot.notice else f"{spot.sure} to {spot.notice} s"
