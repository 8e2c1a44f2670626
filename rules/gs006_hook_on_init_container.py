"""A lifecycle hook on an init or ephemeral container.

The API server rejects `lifecycle` on ephemeral containers and on init containers, except for native
sidecars (`restartPolicy: Always`, since 1.28). The same goes for their liveness and startup probes,
and therefore for the grace periods of those (source: `validateInitContainers` and
`validateEphemeralContainers` in `pkg/apis/core/validation/validation.go`).

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
  containers:
  - name: app
    image: example.com/web:1
```

## Fix safety
Unsafe: `restartPolicy: Always` may be what was intended. A probe is removed as a whole, since it is
not allowed there either.
"""

from collections.abc import Iterator

from k8slint.kubernetes.fields import Spelling
from k8slint.kubernetes.workload import Container
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Delete
from k8slint.manifest.values import Value
from k8slint.shutdown.features import Feature
from k8slint.shutdown.repair import Need


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
    role = "ephemeral" if container.role == "ephemeral" else "init"
    unless = "" if role == "ephemeral" else " (only with restartPolicy: Always)"
    if container.hooks:
        yield Finding(
            f"lifecycle is not allowed on {role} container {container.name}{unless}: "
            f"the API server rejects this object",
            at=Spot(container.lifecycle, "not allowed here"),
            need=_removal(container, container.lifecycle),
        )
    for probe in container.probes:
        if probe.grace.spelling is not Spelling.ABSENT:
            yield Finding(
                f"{probe.name} and its grace period are not allowed on {role} container "
                f"{container.name}{unless}: the API server rejects this object",
                at=Spot(probe.grace.value, "not allowed here"),
                need=_removal(container, probe.value),
            )


def _removal(container: Container, value: Value) -> Need:
    key = str(value.pointer[-1])
    unsafe = "`restartPolicy: Always` may be what was intended"
    if container.role == "ephemeral":
        unsafe = "whatever it was meant to do is lost"
    return Need(
        operations=(Delete(value.pointer),),
        title=f"remove `{key}`",
        unsafe=unsafe,
    )
