"""A shutdown setting is misplaced, so Kubernetes does not read it.

`terminationGracePeriodSeconds` belongs in the pod spec, `lifecycle` in a container, `preStop` and
`stopSignal` in `lifecycle`; keys are case-sensitive. Anywhere else they are unknown fields:
`kubectl` rejects them, and every client without strict validation drops them silently, so the pod
keeps the default grace period or the hook never runs (source: `fieldValidation` in the API server's
`handlers/rest.go`). In the pods of built-in kinds a misspelt key is recognized by its letters
(`lifecyle`, `terminationGracePeroidSeconds`), and any other key there that sounds like a shutdown
setting is reported as unknown.

Symptoms: `unknown field` from `kubectl`; pods killed sooner than written; a hook that never runs.

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
        terminationGracePeriodSeconds: 60  # <-- not a field of a container: kubectl rejects it, other clients drop it, and the pod keeps 30 s (default)
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

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    livenessProbe:
      httpGet: {port: 8080}
      terminationGracePeriod: 60  # <-- and the pod's grace period stays 30 s (default)
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    livenessProbe:
      httpGet: {port: 8080}
      terminationGracePeriodSeconds: 60
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
effect before. If the pod's grace period is at least as long, the misplaced key is removed. A
misspelt grace period of a probe is renamed there, which is unsafe, as it has had no effect. Moving a
hook is unsafe because the hook starts to run; if it does not fit, the grace period is raised as
well. There is no fix where a hook on the pod could belong to any of several containers.
"""

from collections.abc import Iterator
from functools import lru_cache

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.kubernetes.fields import whole
from k8slint.kubernetes.handlers import HOOKS
from k8slint.kubernetes.known_fields import CONTAINER, DATA, MAPS_OF_TEXT, POD_SPEC, PROBE
from k8slint.kubernetes.lifecycle import LIFECYCLE
from k8slint.kubernetes.spelling import setting_meant, setting_resembled, sounds_like_shutdown
from k8slint.kubernetes.workload import Container, Hook, Pod
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.geometry import walk_keys
from k8slint.manifest.operations import Delete, Keep, Move, Set
from k8slint.manifest.pyyaml import Node
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.values import Pointer, Value, keys
from k8slint.records import NamedTuple
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import hook_duration
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import LIFECYCLE_SIBLINGS, Need, NoRepair, fit_grace_period

# Custom kinds made after a built-in one: no other field of theirs is called like ours.
_LIKE_BUILT_IN = frozenset({"Rollout", "DeploymentConfig"})
# The selector of all other kinds has fields.
_LABELS = ("selector", "ReplicationController")
_NOW_RUNS = "the hook has never run and would start running"


class _Place(NamedTuple):
    """A mapping, its name in a message, and the settings of ours that it may hold.

    `known` are all its fields, where only those make sense. It may hold texts under any key.
    """

    value: Value
    name: str
    fields: tuple[str, ...] = ()
    container: Container | None = None
    known: frozenset[str] = frozenset()
    holds_texts: bool = False

    @property
    def outcome(self) -> str:
        """What becomes of a field that does not exist here."""
        if self.holds_texts:
            return "its values must be strings, and the API server rejects this object"
        return "kubectl rejects it, other clients drop it"


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
    if not _may_be_misplaced(pod):
        return
    for place in _places(pod):
        for name in dict.fromkeys(keys(place.value.node)):
            value = place.value.get(name)
            if name in place.fields or name in place.known or not value.is_written:
                continue
            if place.holds_texts and isinstance(value.scalar, str):
                continue
            meant = setting_resembled(name) if place.known else setting_meant(name)
            if meant == GRACE_KEY:
                yield _grace(pod, place, name, value)
            elif meant is None:
                if place.known and "lifecycle" not in place.name and sounds_like_shutdown(name):
                    yield _unknown(place, name, value)
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


def _may_be_misplaced(pod: Pod) -> bool:
    """Whether a key that may be a setting is written anywhere but where a setting of ours is.

    Looking at every mapping as a value takes a quarter of a run, and most pods have none. With
    anchors, one key is at several places.
    """
    workload = pod.workload.value
    if workload.document.anchors or workload.node is None:
        return True
    suspect = {key for key in walk_keys(workload.node) if _may_be_setting(key.value)}
    right = {place.value.get(name).key for place in _inside(pod) for name in place.fields}
    return not suspect <= right


@lru_cache(maxsize=4096)
def _may_be_setting(name: str) -> bool:
    return sounds_like_shutdown(name) or setting_meant(name) is not None


def _places(pod: Pod) -> Iterator[_Place]:
    """Yield where settings are looked for; in built-in kinds that is every mapping but data."""
    own = [*_above(pod), *_inside(pod)]
    yield from own
    if pod.workload.is_built_in:
        found = {place.value.pointer for place in own}
        closed = {place.value.pointer for place in own if place.known}
        for value in _mappings(pod.workload.value, found, closed):
            if value.pointer not in found:
                name = next(part for part in reversed(value.pointer) if isinstance(part, str))
                container = pod.container_around(value.pointer)
                is_map = name in MAPS_OF_TEXT or (name, pod.workload.kind) == _LABELS
                shown = f"`{name}`" if value.pointer[-1] == name else f"an item of `{name}`"
                yield _Place(value, shown, container=container, holds_texts=is_map)


def _mappings(workload: Value, right: set[Pointer], closed: set[Pointer]) -> Iterator[Value]:
    """Yield what is below a workload, but not what is inside a setting that is not in its place.

    In a `closed` place, misspelt ones too. What aliases repeat comes once, or it could take for ever.
    """
    seen: set[Node] = set()
    # Other keys at the top are unknown: people keep anchors there.
    left = [workload.get(name) for name in ("metadata", "spec", "template")]
    while left:
        value = left.pop()
        name = value.pointer[-1]
        if value.node is None or value.node in seen or name in DATA:
            continue
        if isinstance(name, str) and is_placeholder(name):  # It may be `lifecycle`.
            continue
        meant = setting_resembled if value.pointer[:-1] in closed else setting_meant
        if isinstance(name, str) and meant(name) and value.pointer not in right:
            continue
        seen.add(value.node)
        if value.is_mapping:
            yield value
        left += value.items()
        left += (inner for _, inner in value.entries())


def _above(pod: Pod) -> Iterator[_Place]:
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


def _inside(pod: Pod) -> Iterator[_Place]:
    is_closed = pod.workload.is_built_in or pod.workload.kind in _LIKE_BUILT_IN
    nothing: frozenset[str] = frozenset()
    yield _Place(pod.spec, "a pod spec", (GRACE_KEY,), known=POD_SPEC if is_closed else nothing)
    for container in pod.containers:
        known = CONTAINER if is_closed else nothing
        yield _Place(container.value, "a container", ("lifecycle",), container, known)
        for probe in container.probes:
            known = PROBE if is_closed else nothing
            yield _Place(probe.value, f"`{probe.name}`", (GRACE_KEY,), container, known)
        known = frozenset(LIFECYCLE) if is_closed else nothing
        yield _Place(container.lifecycle, "`lifecycle`", (*LIFECYCLE,), container, known)
        for hook in container.hooks:
            yield _Place(hook.value, f"`{hook.event}`", (), container)


def _unknown(place: _Place, name: str, value: Value) -> Finding:
    return Finding(
        f"`{name}` is not a field of {place.name}: {place.outcome}",
        at=Spot(value, "not a field"),
        need=NoRepair("which setting was meant is not certain; rename it, or delete it"),
    )


def _grace(pod: Pod, place: _Place, name: str, value: Value) -> Finding:
    grace = pod.grace
    is_of_probe = place.container is not None and GRACE_KEY in place.fields
    holder = "the pod's grace period stays" if is_of_probe else "the pod keeps"
    keeps = f", and {holder} {grace}" if grace.seconds is not None else ""
    return Finding(
        f"`{name}` is not a field of {place.name}: {place.outcome}{keeps}",
        at=Spot(value, "not read"),
        because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
        need=_probe_need(place, name, value) if is_of_probe else _grace_need(pod, value),
    )


def _probe_need(place: _Place, name: str, value: Value) -> Need | NoRepair:
    number = whole(value).number
    if number is None or number < 1:
        return NoRepair("its value is not a positive number of seconds; write one, or delete it")
    if place.name == "`readinessProbe`":
        return NoRepair("a readiness probe has no grace period; delete it")
    if place.value.get(GRACE_KEY).is_written:
        return NoRepair("the probe already has a grace period; keep one of the two")
    return Need(
        operations=(Set(value.pointer, Keep(value.pointer), key=GRACE_KEY),),
        title=f"rename `{name}` to `{GRACE_KEY}`",
        unsafe=f"a failed {place.name} would stop the container within {number} s",
    )


def _grace_need(pod: Pod, value: Value) -> Need | NoRepair:
    number, grace = whole(value).number, pod.grace
    if number is None or number < 0:
        return NoRepair("its value is not a number of seconds; write one, or delete it")
    if grace.is_default:
        unsafe = "the patched object may have its own grace period" if pod.is_partial else ""
        return Need(grace=number, grace_from=value.pointer, unsafe=unsafe)
    if grace.raw is not None and number <= grace.raw:
        title = f"remove it: the pod spec already has {grace.raw}"
        return Need(operations=(Delete(value.pointer),), title=title)
    written = f"{grace.raw} s" if grace.raw is not None else "another grace period"
    return NoRepair(f"the pod spec has {written}, and which is meant is not certain; keep one")


def _hook(pod: Pod, place: _Place, name: str, meant: str, value: Value) -> Finding:
    return Finding(
        f"`{name}` is not a field of {place.name}: {place.outcome}, and "
        + ("the signal is not sent" if meant == "stopSignal" else "the hook never runs"),
        at=Spot(value, "not read"),
        need=_hook_need(pod, place, name, meant, value),
    )


def _hook_need(pod: Pod, place: _Place, name: str, meant: str, value: Value) -> Need | NoRepair:
    container = _owner(pod, place)
    if container is None:
        return NoRepair(
            f"it may belong to any of {len(pod.main)} containers; move it to the right one"
        )
    if meant == "stopSignal":
        return NoRepair(
            "the signal would take effect; move it to `lifecycle`, if it is the right one"
        )
    if place.name.startswith("`pre"):
        return NoRepair("it is inside another hook; keep one of the two")
    target: Pointer = (*container.lifecycle.pointer,)
    if meant in HOOKS:
        target = (*target, meant)
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
    for event in HOOKS:
        if meant == event:
            yield Hook(container, event, value)
        elif meant == "lifecycle":
            yield Hook(container, event, value.get(event))


def _owner(pod: Pod, place: _Place) -> Container | None:
    return place.container or (pod.main[0] if len(pod.main) == 1 else None)
