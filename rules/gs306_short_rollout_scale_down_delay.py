"""A blue-green Rollout stops its old pods before every node sends to the new ones.

Argo Rollouts switches the selector of the active Service and then keeps the old ReplicaSet for
`scaleDownDelaySeconds`, 30 by default: the rules of all nodes may take at least that long to lead
to the new pods (source: argo-rollouts docs/features/bluegreen.md). With less, requests still arrive
at pods that are stopping.

Symptoms: 502 errors or refused connections shortly after a blue-green switch.

```yaml bad
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  strategy:
    blueGreen:
      activeService: web
      scaleDownDelaySeconds: 5  # <-- 5 s after the switch
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

```yaml fixed
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  strategy:
    blueGreen:
      activeService: web
      scaleDownDelaySeconds: 30
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

```yaml good
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  strategy:
    blueGreen:
      activeService: web
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1"}
```

## Fix safety
Unsafe: old and new pods run side by side for longer, which takes up room in the cluster.
"""

from collections.abc import Iterator

from k8slint.kubernetes.fields import whole
from k8slint.kubernetes.workload import Workload
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.repair import Need

_DEFAULT = 30


@rule(
    "GS306",
    "short-rollout-scale-down-delay",
    severity="info",
    since="0.1",
    fix="unsafe",
    default=False,
    about=Feature.SETTING,
)
def check(workload: Workload) -> Iterator[Finding]:
    if workload.kind != "Rollout":
        return
    delay = whole(workload.value.at("spec", "strategy", "blueGreen", "scaleDownDelaySeconds"))
    if delay.number is None or delay.number >= _DEFAULT:
        return
    yield Finding(
        f"the old pods are stopped {delay.number} s after the switch to the new ones, but it "
        f"may take {_DEFAULT} s until no node sends to the old ones",
        at=Spot(delay.value, f"{delay.number} s"),
        need=Need(
            operations=(Set(delay.value.pointer, _DEFAULT),),
            title=f"raise scaleDownDelaySeconds to {_DEFAULT}",
            unsafe="old and new pods run side by side for longer",
        ),
    )
