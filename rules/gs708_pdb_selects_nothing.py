"""A PodDisruptionBudget that selects no pod, or the pods of several workloads at once.

A budget that selects no pod protects none: a node drain may evict all of them at once, and nothing
reports it, for the API accepts the object. Mostly a label differs by a word from that of the pods. In
`policy/v1` a budget without a selector selects nothing and one with an empty selector all pods of its
namespace; in `policy/v1beta1` both select nothing (source: `GetPodPodDisruptionBudgets` in
`staging/src/k8s.io/client-go/listers/policy/v1/poddisruptionbudget_expansion.go` and
`PodDisruptionBudgetSpec` in `staging/src/k8s.io/api/policy/v1/types.go`, read on 2026-11-29).

Symptoms: a node drain that evicts all pods at once, despite a disruption budget.

That no pod has the labels is reported only where all pods are known: in a folder that was checked as a
whole, with a workload beside the budget that it may be meant for: in the same file, or alike in a word
of its name or labels, and where nothing else can make pods. The rule is silent where
a document that may hold a workload cannot be read (charts are read with `--render`), custom resources
or their definitions are there of which an operator may make pods, a Kustomize patch may change the labels
or a file is built from others that are somewhere else, and in namespaces of the platform such as
`kube-system`.

```yaml bad complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: web-app}  # <-- no pod has the labels app=web-app: this budget protects none
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

One budget over several workloads counts their pods together:

```yaml bad complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: all}
spec:
  maxUnavailable: 1
  selector: {}  # <-- Deployment web and Deployment jobs
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
      - {name: app, image: "example.com/web:1"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: jobs}
spec:
  selector: {matchLabels: {app: jobs}}
  template:
    metadata: {labels: {app: jobs}}
    spec:
      containers:
      - {name: app, image: "example.com/jobs:1"}
```

```yaml good complete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  maxUnavailable: 1
  selector:
    matchExpressions:
    - {key: app, operator: In, values: [web, shop]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```
"""

from collections.abc import Iterator, Sequence

from k8slint.kubernetes.census import Coverage, PodOwner
from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.source import Location
from k8slint.manifest.values import Value
from k8slint.shutdown.repair import NoRepair

_SHOWN = 2


@rule(
    "GS708",
    "pdb-selects-nothing",
    severity="warning",
    since="0.1",
    unfixed="which pods the budget is meant for is not in the manifest; correct its selector, "
    "or delete the budget",
)
def check(budget: WrittenBudget, cluster: Cluster) -> Iterator[Finding]:
    coverage = cluster.headcount.of(budget.stated)
    is_patched = budget.is_patch or budget.kustomized.is_patched
    if coverage is None or is_patched or not _is_plain(budget.spec.get("selector")):
        return
    if coverage.selects_nothing and _is_whole(budget, coverage):
        yield Finding(
            f"{_why_nothing(budget)}: this budget protects none, and a drain may evict all at "
            f"once{_instead(coverage)}",
            at=Spot(_place(budget), "selects no pod"),
            chain=_chain(coverage.meant[:1]),
        )
    else:
        yield from _too_many(budget, coverage.together)


def _too_many(budget: WrittenBudget, owners: Sequence[PodOwner]) -> Iterator[Finding]:
    """What an empty selector makes one budget of."""
    if len(owners) > 1:
        yield Finding(
            f"an empty selector selects all pods of the namespace, and counts those of "
            f"{_named(owners)} together: pods of one that are not ready keep those of the others "
            f"from being evicted",
            at=Spot(_place(budget), "all pods"),
            severity=Severity.INFO,
            need=NoRepair(
                "which workloads it is meant for is not in the manifest; write one for each"
            ),
            chain=_chain(owners[:_SHOWN]),
        )


def _is_plain(selector: Value) -> bool:
    """Whether nothing but its labels and expressions decides what is selected."""
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    return not selector.is_written or (
        selector.is_mapping
        and {name for name, _ in selector.entries()} <= {"matchLabels", "matchExpressions"}
        and (labels.is_mapping or not labels.is_written)
        and (bool([*expressions.items()]) or not expressions.is_written)
    )


def _is_whole(budget: WrittenBudget, coverage: Coverage) -> bool:
    """Whether what it selects is written here: what has no selector may be a patch of another."""
    if budget.stated.selector is not None or budget.spec.get("selector").is_written:
        return True
    return bool(budget.name) and coverage.is_alone


def _why_nothing(budget: WrittenBudget) -> str:
    selector = budget.stated.selector
    if selector is None:
        what = "an empty" if budget.spec.get("selector").is_written else "no"
        return f"in {budget.api_version} a budget with {what} selector selects no pod"
    asked = [f"{name}={value}" for name, value in selector.labels]
    asked += (
        f"{one.key} {one.operator} {', '.join(one.values)}".rstrip()
        for one in selector.expressions
    )
    return f"no pod has the labels {' and '.join(asked)}"


def _instead(coverage: Coverage) -> str:
    """What the pods have that it may be meant for, where these are those of one workload."""
    if len(coverage.meant) != 1:
        return ""
    (owner,) = coverage.meant
    has = [f"{name}={value}" for name, values in owner.labels for value in sorted(values)]
    return f"; those of {owner.meta} have {', '.join(has) or 'no labels'}"


def _place(budget: WrittenBudget) -> Value:
    selector = budget.spec.get("selector")
    for value in (selector.get("matchLabels"), selector, budget.value.at("metadata", "name")):
        if value.is_written:
            return value
    return budget.spec


def _chain(owners: Sequence[PodOwner]) -> tuple[Location, ...]:
    return tuple(owner.meta.at._replace(label=str(owner.meta)) for owner in owners)


def _named(owners: Sequence[PodOwner]) -> str:
    names = [str(owner.meta) for owner in owners[:_SHOWN]]
    if len(owners) > _SHOWN:
        return f"{', '.join(names)} and {len(owners) - _SHOWN} more"
    return " and ".join(names)
