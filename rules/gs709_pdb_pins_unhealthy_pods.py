"""Pods that run but are not ready block a node drain.

A PodDisruptionBudget counts healthy pods. While fewer of them are healthy than it asks for, the API
refuses to evict the others too: pods that crash in a loop, or never become ready, though nobody is
served by them. `kubectl drain` tries again for ever, and an upgrade waits until its own time limit.
That is so with `minAvailable: 0`, too, as long as no pod is healthy. With
`unhealthyPodEvictionPolicy: AlwaysAllow` such pods can always be evicted; those that are ready are
protected as before (source: `Create` and `checkAndDecrement` in
`pkg/registry/core/pod/storage/eviction.go`, read on 2026-11-29).

Symptoms: a node drain or cluster upgrade that waits forever for pods in CrashLoopBackOff.

The field is in `policy/v1` and counts from Kubernetes 1.27 on; the rule reports nothing for older
target versions, in patches, and where a policy is written, whichever it is.

```yaml bad
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 2  # <-- while fewer pods are healthy than minAvailable 2 asks for
  selector:
    matchLabels:
      app: web
```

```yaml fixed
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 2
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      app: web
```

```yaml good
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 2
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      app: web
```

```yaml good kubernetes-version=1.26
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 2
  selector:
    matchLabels:
      app: web
```

## Fix safety
Unsafe: a pod that is not ready may hold data that others lack, or be about to become ready, and a drain
would no longer wait for it.
"""

from collections.abc import Iterator

from k8slint.kubernetes.gates import UNHEALTHY_POD_EVICTION
from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.manifest.values import Value
from k8slint.shutdown.repair import Need

_KEY = "unhealthyPodEvictionPolicy"
_NUMBERS = ("minAvailable", "maxUnavailable")


@rule(
    "GS709",
    "pdb-pins-unhealthy-pods",
    severity="info",
    since="0.1",
    fix="unsafe",
    default=False,
)
def check(budget: WrittenBudget) -> Iterator[Finding]:
    policy, number = budget.spec.get(_KEY), _number(budget)
    is_known = budget.api_version == "policy/v1" and budget.target.has(UNHEALTHY_POD_EVICTION)
    if policy.is_written or number is None or budget.is_patch or not is_known:
        return
    yield Finding(
        f"while {_blocked(number)}, those that run but are not ready cannot be evicted: a drain "
        f"of their node waits until they are ready or somebody deletes them",
        at=Spot(number, "counts healthy pods only"),
        need=Need(
            operations=(Set(policy.pointer, "AlwaysAllow", _NUMBERS),),
            title=f"add {_KEY}: AlwaysAllow",
            unsafe="a pod that is not ready may hold data, or be about to become ready",
        ),
    )


def _blocked(number: Value) -> str:
    """When the budget allows no eviction, as `updatePdbStatus` in disruption.go counts."""
    name, text = number.pointer[-1], number.text
    if (name, text) in (("minAvailable", "0"), ("minAvailable", "0%"), ("maxUnavailable", "100%")):
        return f"no pod is healthy ({name} {text})"
    if name == "minAvailable":
        return f"fewer pods are healthy than minAvailable {text} asks for"
    return f"more pods are unhealthy than maxUnavailable {text} allows"


def _number(budget: WrittenBudget) -> Value | None:
    """How many pods it asks for, as it is written."""
    values = (budget.spec.get(name) for name in _NUMBERS)
    return next((value for value in values if value.text is not None), None)
