"""A grace period of zero on a pod with its own security groups.

A SecurityGroupPolicy gives each pod it selects a network interface of its own. With a grace period
of 0 the CNI plugin of Amazon EKS does not remove the pod's network from the node and does not clean
up the interface, until the node has none left for new pods (source: EKS best practices, Security
Groups Per Pod). Pods on the host network get no interface.

Symptoms: new pods that get no network; a node that runs out of branch network interfaces.

```yaml bad
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: database-clients}
spec:
  podSelector: {matchLabels: {role: client}}
  securityGroups: {groupIds: [sg-0123456789abcdef0]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, role: client}}
    spec:
      terminationGracePeriodSeconds: 0  # <-- SecurityGroupPolicy database-clients
      containers:
      - name: app
        image: example.com/web:1
```

```yaml fixed
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: database-clients}
spec:
  podSelector: {matchLabels: {role: client}}
  securityGroups: {groupIds: [sg-0123456789abcdef0]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, role: client}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
```

```yaml good
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: database-clients}
spec:
  podSelector: {matchLabels: {role: client}}
  securityGroups: {groupIds: [sg-0123456789abcdef0]}
---
apiVersion: v1
kind: Pod
metadata: {name: probe, labels: {role: prober}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: example.com/probe:1
```

## Fix safety
Safe without a preStop hook: the default of 30 s only gives the app more time. Unsafe with one,
because the hook, until now cut off after 1 s, would run to completion. Also unsafe where those 30 s
do not fit the node, and where a longer stop means a longer gap (a Recreate Deployment, a host
port).
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need
from k8slint.shutdown.traffic import Traffic


@rule(
    "GS604",
    "zero-grace-security-groups",
    severity="warning",
    since="0.1",
    fix="safe",
    about=Feature.GRACE,
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    pod = shutdown.pod
    grace = pod.grace
    if grace.is_default or grace.raw != 0 or pod.spec.get("hostNetwork").scalar is True:
        return
    for policy in traffic.cluster.security_group_policies(pod):
        hooks = any(container.pre_stop for container in pod.containers)
        yield Finding(
            f"grace period 0 with {policy.meta}: the CNI plugin does not clean up after the pod, "
            f"and its branch network interface stays in use",
            at=Spot(grace.value, grace.label),
            need=Need(
                grace_removed=True,
                unsafe="the preStop hook, until now cut off after 1 s, would run to completion"
                if hooks
                else "",
            ),
            chain=(policy.meta.at._replace(label=f"{policy.meta} selects the pod"),),
        )
        return
