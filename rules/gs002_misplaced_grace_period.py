"""A shutdown setting is misplaced, so Kubernetes does not read it.

`terminationGracePeriodSeconds` belongs in the pod spec, `lifecycle` in a container, `preStop` and
`stopSignal` in `lifecycle`; keys are case-sensitive. Anywhere else they are unknown fields:
`kubectl` rejects them, and every client without strict validation drops them silently, so the pod
keeps the default grace period or the hook never runs (source: `fieldValidation` in the API server's
`handlers/rest.go`).

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        # A checkout can take a while.
        terminationGracePeriodSeconds: 60  # <-- not a field of a container: the API server drops or rejects it, and the pod keeps 30 s (default)
        ports: []
```

```yaml fixed
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        ports: []
      # A checkout can take a while.
      terminationGracePeriodSeconds: 60
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriod: 45  # <-- `terminationGracePeriod` is not a field of a pod spec
  containers:
  - name: app
    image: example.com/web:1
    preStop:  # <-- `preStop` is not a field of a container
      exec: {command: ["/bin/drain"]}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 45
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec: {command: ["/bin/drain"]}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    livenessProbe: {httpGet: {port: 8080}, terminationGracePeriodSeconds: 10}
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
```

## Fix safety
Moving a grace period is safe if the pod has none and the value is between the default of 30 s and
the longest period that can be set safely (120 s, or 60 s if a liveness or startup probe has no
grace period of its own); a value below the default would shorten the shutdown, since the key had no
effect before. If the pod's grace period is at least as long, the misplaced key is removed. Moving a
hook is unsafe because the hook starts to run; if it does not fit, the grace period is raised as
well. There is no fix where a hook on the pod could belong to any of several containers.
"""

from collections.abc import Iterator
from typing import NamedTuple

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.kubernetes.fields import whole
from k8slint.kubernetes.workload import Container, Hook, Pod
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Delete, Keep, Move, Set
from k8slint.manifest.values import Pointer, Value, keys
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import hook_duration
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import LIFECYCLE_SIBLINGS, Need, NoRepair, fit_grace_period

_MISSPELT = {
    "terminationGracePeriod": GRACE_KEY,
    "terminationGracePeriodSecond": GRACE_KEY,
    "terminationGracePeriodInSeconds": GRACE_KEY,
    "terminationGracefulPeriodSeconds": GRACE_KEY,
    "gracefulTerminationPeriodSeconds": GRACE_KEY,
    "gracePeriodSeconds": GRACE_KEY,
    "lifecycleHooks": "lifecycle",
    "preStopHook": "preStop",
    "pre_stop": "preStop",
}
_BY_LOWER_CASE = {
    **{key.lower(): key for key in (GRACE_KEY, "lifecycle", "preStop", "stopSignal")},
    **{key.lower(): right for key, right in _MISSPELT.items()},
}
# Custom kinds made after a built-in one: no other field of theirs is called like ours.
_LIKE_BUILT_IN = frozenset({"Rollout", "DeploymentConfig"})
_NOW_RUNS = "the hook has never run and would start running"


class _Place(NamedTuple):
    """A mapping, its name in a message, and which of our keys it may hold."""

    value: Value
    name: str
    fields: tuple[str, ...] = ()
    container: Container | None = None


@rule(
    "GS002",
    "misplaced-grace-period",
    severity="error",
    since="0.1",
    fix="safe",
    about=Feature.SETTING,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    pod = shutdown.pod
    for place in _places(pod):
        for name in dict.fromkeys(keys(place.value.node)):
            meant = _BY_LOWER_CASE.get(name.lower())
            if meant is None or name in place.fields:
                continue
            value = place.value.get(name)
            if not value.is_written:
                continue
            if meant == GRACE_KEY:
                yield _grace(pod, place, name, value)
            else:
                found = _hook(pod, place, name, meant, value)
                need = found.need
                if isinstance(need, Need):
                    for hook in _hooks(pod, place, meant, value):
                        takes = hook_duration(hook)
                        need = fit_grace_period(
                            shutdown, hook, takes, need, margin=margin, window=window
                        )
                yield found._replace(need=need)


def _places(pod: Pod) -> Iterator[_Place]:
    workload = pod.workload
    has_known_schema = workload.is_built_in or workload.kind in _LIKE_BUILT_IN
    above = pod.spec.parent
    while above is not None and pod.spec is not workload.value.get("spec"):
        path = ".".join(map(str, above.pointer[len(workload.value.pointer) :]))
        is_template = path.endswith("template")
        if has_known_schema or is_template:
            yield _Place(above, f"`{path}`" if path else f"a {workload.kind}")
        if is_template:
            yield _Place(above.get("metadata"), f"`{path}.metadata`")
        if not path:
            break
        above = above.parent
    yield _Place(pod.spec, "a pod spec", (GRACE_KEY,))
    for container in pod.containers:
        yield _Place(container.value, "a container", ("lifecycle",), container)
        lifecycle = ("preStop", "postStart", "stopSignal")
        yield _Place(container.lifecycle, "`lifecycle`", lifecycle, container)
        for hook in container.hooks:
            yield _Place(hook.value, f"`{hook.event}`", (), container)


def _grace(pod: Pod, place: _Place, name: str, value: Value) -> Finding:
    grace = pod.grace
    keeps = f", and the pod keeps {grace}" if grace.seconds is not None else ""
    return Finding(
        f"`{name}` is not a field of {place.name}: the API server drops or rejects it{keeps}",
        at=Spot(value, "not read"),
        because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
        need=_grace_need(pod, value),
    )


def _grace_need(pod: Pod, value: Value) -> Need | NoRepair:
    number, grace = whole(value).number, pod.grace
    if number is None or number < 0:
        return NoRepair("its value is not a number of seconds: write one, or delete it")
    if grace.is_default:
        unsafe = "the patched object may have its own grace period" if pod.is_partial else ""
        return Need(grace=number, grace_from=value.pointer, unsafe=unsafe)
    if grace.raw is not None and number <= grace.raw:
        title = f"remove it: the pod spec already has {grace.raw}"
        return Need(operations=(Delete(value.pointer),), title=title)
    written = f"{grace.raw} s" if grace.raw is not None else "another grace period"
    return NoRepair(f"the pod spec has {written}, and which is meant is not certain: keep one")


def _hook(pod: Pod, place: _Place, name: str, meant: str, value: Value) -> Finding:
    return Finding(
        f"`{name}` is not a field of {place.name}: the API server drops or rejects it, and "
        + ("the signal is not sent" if meant == "stopSignal" else "the hook never runs"),
        at=Spot(value, "not read"),
        need=_hook_need(pod, place, name, meant, value),
    )


def _hook_need(pod: Pod, place: _Place, name: str, meant: str, value: Value) -> Need | NoRepair:
    container = _owner(pod, place)
    if container is None:
        return NoRepair(
            f"it may belong to any of {len(pod.main)} containers: move it to the right one"
        )
    if meant == "stopSignal":
        return NoRepair(
            "the signal would take effect: move it to `lifecycle`, if it is the right one"
        )
    if place.name.startswith("`pre"):
        return NoRepair("the hook around it is one already: keep one of the two")
    target: Pointer = (*container.lifecycle.pointer,)
    if meant == "preStop":
        target = (*target, "preStop")
    if target[:-1] == value.pointer[:-1]:
        operation: Set | Move = Set(value.pointer, Keep(value.pointer), key=meant)
        title = f"rename `{name}` to `{meant}`"
    else:
        operation = Move(value.pointer, target, LIFECYCLE_SIBLINGS)
        title = f"move `{name}` to {meant} of container {container.name}"
    return Need(operations=(operation,), title=title, unsafe=_NOW_RUNS)


def _hooks(pod: Pod, place: _Place, meant: str, value: Value) -> Iterator[Hook]:
    """The hooks that a misplaced value holds, as the container would have them."""
    container = _owner(pod, place)
    if container is None:
        return
    if meant == "preStop":
        yield Hook(container, "preStop", value)
    elif meant == "lifecycle":
        yield Hook(container, "preStop", value.get("preStop"))
        yield Hook(container, "postStart", value.get("postStart"))


def _owner(pod: Pod, place: _Place) -> Container | None:
    return place.container or (pod.main[0] if len(pod.main) == 1 else None)
