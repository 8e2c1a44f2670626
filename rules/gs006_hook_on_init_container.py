"""A lifecycle hook on an init or ephemeral container.

The API server rejects `lifecycle` on ephemeral containers and on init containers, except for native
sidecars (`restartPolicy: Always`, since 1.28). The same goes for their liveness and startup probes,
and therefore for the grace periods of those (source: `validateInitContainers` and
`validateEphemeralContainers` in `pkg/apis/core/validation/validation.go`).

Symptoms: the deploy fails, the API server forbids the field for init or ephemeral containers.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: migrate
    image: example.com/migrate:1
    lifecycle:  # <-- lifecycle is not allowed on init container migrate
      preStop: {sleep: {seconds: 5}}
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: migrate
    image: example.com/migrate:1
  containers:
  - name: app
    image: example.com/web:1
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: proxy
    image: example.com/proxy:1
    restartPolicy: always  # <-- restartPolicy `always` of init container proxy is none of
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: proxy
    image: example.com/proxy:1
    restartPolicy: Always
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
  containers:
  - name: app
    image: example.com/web:1
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: proxy
    image: example.com/proxy:1
    restartPolicy: Always
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
  - name: logs
    image: example.com/logs:1
    restartPolicy: ${LOGS_POLICY}  # Known once it is rendered.
    lifecycle: {preStop: {exec: {command: ["/bin/flush"]}}}
  containers:
  - name: app
    image: example.com/web:1
```

## Fix safety
Unsafe: `restartPolicy: Always` may be what was intended; where it is only misspelt, that is what is
repaired. A probe is removed as a whole, since it is not allowed there either. Ephemeral containers
have no fix: they are added to a running pod, never created with it.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Container
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Delete, Set
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.values import Value, keys
from k8slint.shutdown.features import Feature
from k8slint.shutdown.repair import Need, NoRepair

# `Never` and `OnFailure` make no sidecar: validateContainerRestartPolicy.
_POLICIES = ("Always", "OnFailure", "Never")


@rule(
    "GS006",
    "hook-on-init-container",
    severity="error",
    since="0.1",
    fix="unsafe",
    about=Feature.SETTING,
)
def check(container: Container) -> Iterator[Finding]:
    if container.runs_hooks or container.pod.is_partial:
        return
    policy = container.value.get("restartPolicy")
    if container.role == "init" and _is_no_policy(policy):
        yield _misspelt(container, policy)
        return
    if container.role == "init" and is_placeholder(policy.text or ""):
        return
    role = "ephemeral" if container.role == "ephemeral" else "init"
    unless = "" if role == "ephemeral" else " (only with restartPolicy: Always)"
    lifecycle = container.lifecycle
    # A stop signal alone is dropped without its feature gate, and `lifecycle` with it.
    is_dropped = [*keys(lifecycle.node)] == ["stopSignal"] and lifecycle.get(
        "stopSignal"
    ).is_written
    if lifecycle.is_written and not is_dropped:
        yield Finding(
            f"lifecycle is not allowed on {role} container {container.name}{unless}: "
            f"the API server rejects this object",
            at=Spot(lifecycle, "not allowed here"),
            need=_removal(container, lifecycle),
        )
    for probe in container.probes:
        if probe.grace.value.node is not None:
            yield Finding(
                f"{probe.name} and its grace period are not allowed on {role} container "
                f"{container.name}{unless}: the API server rejects this object",
                at=Spot(probe.grace.value, "not allowed here"),
                need=_removal(container, probe.value),
            )


def _is_no_policy(policy: Value) -> bool:
    text = policy.text if policy.is_written else "Never"
    if text is None or text in _POLICIES:
        return text is None
    return text.lower() in map(str.lower, _POLICIES) or not is_placeholder(text)


def _misspelt(container: Container, policy: Value) -> Finding:
    right = {name.lower(): name for name in _POLICIES}.get((policy.text or "").lower())
    need: Need | NoRepair = NoRepair(
        "which policy was meant is not certain; write one of the three"
    )
    if right is not None:
        need = Need(
            operations=(Set(policy.pointer, right),),
            title=f"write restartPolicy as {right}",
            unsafe="the object was rejected until now",
        )
    return Finding(
        f"restartPolicy `{policy.text or ''}` of init container {container.name} is none of "
        f"{', '.join(_POLICIES)}: the API server rejects this object",
        at=Spot(policy, "not a restart policy"),
        need=need,
    )


def _removal(container: Container, value: Value) -> Need | NoRepair:
    if container.role == "ephemeral":
        return NoRepair("ephemeral containers are only added to running pods; delete them here")
    return Need(
        operations=(Delete(value.pointer),),
        title=f"remove `{value.pointer[-1]}`",
        unsafe="`restartPolicy: Always` may be what was intended",
    )
