"""A container can restart all others, whose preStop hooks do not run then.

With the action `RestartAllContainers` in its `restartPolicyRules`, the exit of one container restarts
all containers of the pod at once. The kubelet stops them with no grace period at all: no preStop hook
runs, the stop signal is followed by SIGKILL 2 s later, and the pod keeps its IP address and its
endpoint meanwhile. What a hook does on a deletion, such as to drain or to save, is left out (source:
KEP-5532, `computePodActions` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`; on by default since
Kubernetes 1.36).

Symptoms: requests that fail or data that is lost when the containers of a pod restart; a hook that
does not run.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: trainer}
spec:
  restartPolicy: Never
  containers:
  - name: worker
    image: example.com/worker:1
    lifecycle:
      preStop:  # <-- the preStop hook of worker does not run when watcher restarts all containers
        exec: {command: ["/bin/save-checkpoint"]}
  - name: watcher
    image: example.com/watcher:1
    restartPolicyRules:
    - action: RestartAllContainers
      exitCodes: {operator: In, values: [88]}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: trainer}
spec:
  restartPolicy: Never
  containers:
  - name: worker
    image: example.com/worker:1
    lifecycle: {preStop: {sleep: {seconds: 5}}}
  - name: watcher
    image: example.com/watcher:1
    lifecycle: {preStop: {exec: {command: ["/bin/report"]}}}
    restartPolicyRules:
    - action: RestartAllContainers
      exitCodes: {operator: In, values: [88]}
```

A hook that only waits is not reported: it gives other parts time on a deletion, and nothing waits for a
restart. Nor is one of the container that exits, since no hook runs there anyway. The rule is
silent for a cluster without the feature gate RestartAllContainersOnContainerExits.
"""

from collections.abc import Iterator

from k8slint.kubernetes.gates import RESTART_ALL_CONTAINERS
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown

_ACTION = "RestartAllContainers"


@rule(
    "GS711",
    "hooks-skipped-on-restart",
    severity="info",
    since="0.1",
    unfixed="the program has to do itself what its hook does, before the exit that restarts it",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    if shutdown.target.lacks(RESTART_ALL_CONTAINERS):
        return
    restarts = [
        (container, action)
        for container in shutdown.pod.containers
        for item in container.value.get("restartPolicyRules").items()
        if (action := item.get("action")).text == _ACTION
    ]
    for stop in shutdown.stops if restarts else ():
        hook, name = stop.hook, stop.container.name
        others = [one for one in restarts if one[0].name != name]
        if hook is None or not hook.handlers or stop.only_sleeps or not others:
            continue
        container, action = others[0]
        yield Finding(
            f"the preStop hook of {name} does not run when {container.name} restarts "
            f"all containers: the kubelet then gives them no grace period",
            at=Spot(hook.value, "does not run on such a restart"),
            because=Spot(action, "restarts all containers"),
        )
