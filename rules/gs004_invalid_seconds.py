"""A duration that the API server rejects or reads differently than intended.

The API server accepts whole numbers only: it rejects an object with a quoted number, a fraction or
a duration like `60s`. Some numbers that it does accept do not mean what they seem to: `060` is
octal and stands for 48, and a negative grace period acts as 1. The grace period of a probe must be
at least 1 and is not allowed on a readiness probe (source: `validateProbe` and
`validateReadinessProbe` in `pkg/apis/core/validation/validation.go`; goyaml.v2 for the spellings).

Symptoms: the deploy fails with `cannot unmarshal string into Go struct field`; pods that are killed
sooner or later than the manifest seems to say.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: "60"  # <-- "60" is a string: the API server expects an integer
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: "5"}}}  # <-- seconds "5" is a string
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 5}}}
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 060  # <-- 060 is read as octal by the API server: 48 s
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 48
  containers:
  - name: app
    image: example.com/web:1
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: -1  # <-- -1 is negative: it acts as 1
  containers:
  - name: app
    image: example.com/web:1
    livenessProbe: {httpGet: {port: 80}, terminationGracePeriodSeconds: 0}  # <-- 0 is less than 1
    readinessProbe: {httpGet: {port: 80}, terminationGracePeriodSeconds: 10}  # <-- readiness
    lifecycle: {preStop: {sleep: {seconds: 1m}}}  # <-- 1m is not an integer
```

The annotations by which a team declares how long its app drains (`k8slint/drain`, or
`k8slint/drain.NAME` for one container) are checked too. The API server accepts anything in them, but a
mistake in one means that nothing is declared:

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    k8slint/drain: soon  # <-- declares nothing: `soon` is not a duration such as 25s
    k8slint/drain.worker: 25s  # <-- no container here is called `worker`
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {k8slint/drain: 25s}
spec:
  terminationGracePeriodSeconds: 60.0
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 1e1}}}
```

## Fix safety
Rewriting a number as the API server already reads it is safe. Removing quotes is safe if the result
is at least 30, or a sleep that fits the grace period; otherwise it is unsafe, because the object
was rejected before. A quoted number with a leading zero has no fix: it could mean 60 or 48.
"""

from collections.abc import Iterator

from k8slint.kubernetes.defaults import DEFAULT_GRACE
from k8slint.kubernetes.fields import Spelling, Whole
from k8slint.kubernetes.workload import Pod, Probe
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.shutdown.declared import malformed_drains
from k8slint.shutdown.features import Feature
from k8slint.shutdown.repair import Need, NoRepair

_NOT_CERTAIN = NoRepair("how many seconds are meant is not certain; write a positive integer")


@rule(
    "GS004",
    "invalid-seconds",
    severity="error",
    since="0.1",
    fix="safe",
    about=Feature.SETTING,
)
def check(pod: Pod) -> Iterator[Finding]:
    yield from _check_grace(pod)
    yield from _check_drains(pod)
    for container in pod.containers:
        for hook in container.hooks:
            if hook.has_sleep:
                yield from _check_sleep(pod, hook.sleep)
        for probe in container.probes:
            yield from _check_probe(probe)


def _check_grace(pod: Pod) -> Iterator[Finding]:
    written = pod.grace.written
    number = written.number
    if number is not None and number < 0 and written.spelling is Spelling.PLAIN:
        yield Finding(
            f"{_name(written)} {number} is negative: it acts as 1, so the app gets hardly any time",
            at=Spot(written.value, "acts as 1"),
            need=_NOT_CERTAIN,
            severity=Severity.WARNING,
        )
    elif found := _spelling(written):
        need: Need | NoRepair = _NOT_CERTAIN
        if number is not None:
            low = number < DEFAULT_GRACE and written.spelling is Spelling.QUOTED
            unsafe = f"{number} s is less than the default of {DEFAULT_GRACE} s" if low else ""
            need = Need(grace=number, respell=True, unsafe=unsafe)
        yield Finding(found.message, found.at, severity=found.severity, need=need)


def _check_drains(pod: Pod) -> Iterator[Finding]:
    for found in malformed_drains(pod):
        yield Finding(
            f"the annotation `{clipped(found.name, LONGEST_NAME)}` declares nothing: {found.why}",
            at=Spot(found.value, "declares nothing"),
            severity=Severity.WARNING,
            need=NoRepair("what it was meant to declare is not certain; correct or delete it"),
        )


def _check_sleep(pod: Pod, written: Whole) -> Iterator[Finding]:
    number = written.number
    if number is not None and number < 0:
        yield Finding(
            f"{_name(written)} {number} is negative: the API server rejects this object",
            at=Spot(written.value, "negative"),
            need=_NOT_CERTAIN,
        )
    elif found := _spelling(written):
        need: Need | NoRepair = _NOT_CERTAIN
        if number is not None:
            grace = pod.grace.seconds
            fits = grace is not None and number <= grace
            unsafe = "" if fits else "the sleep may not fit the grace period"
            need = _respelt(written, number, unsafe)
        yield Finding(found.message, found.at, severity=found.severity, need=need)


def _check_probe(probe: Probe) -> Iterator[Finding]:
    written = probe.grace
    if written.spelling is Spelling.ABSENT:
        return
    if probe.name == "readinessProbe":
        yield Finding(
            f"{_name(written)} is not allowed on a readinessProbe, only on a liveness or startup "
            f"probe: the API server rejects this object",
            at=Spot(written.value, "not allowed here"),
            need=NoRepair("it may be meant for another probe; move it there, or delete it"),
        )
    elif written.number is not None and written.number < 1:
        yield Finding(
            f"{_name(written)} {written.number} is less than 1: the API server rejects this object",
            at=Spot(written.value, "must be at least 1"),
            need=_NOT_CERTAIN,
        )
    elif found := _spelling(written):
        need: Need | NoRepair = _NOT_CERTAIN
        if written.number is not None:
            low = written.number < DEFAULT_GRACE
            unsafe = f"{written.number} s would end the container sooner" if low else ""
            need = _respelt(written, written.number, unsafe)
        yield Finding(found.message, found.at, severity=found.severity, need=need)


def _spelling(written: Whole) -> Finding | None:
    """Report what is wrong with the way a number is written."""
    text = written.value.text
    name = _name(written)
    match written.spelling:
        case Spelling.MISLEADING:
            return Finding(
                f"{name} {text} is read as octal by the API server: {written.number} s",
                at=Spot(written.value, f"read as {written.number}"),
                severity=Severity.WARNING,
            )
        case Spelling.QUOTED:
            return Finding(
                f'{name} "{text}" is a string: the API server expects an integer and rejects this '
                f"object",
                at=Spot(written.value, "a string"),
            )
        case Spelling.REJECTED:
            shown = f" {text}" if text is not None else ""
            return Finding(
                f"{name}{shown} is not an integer: the API server rejects this object",
                at=Spot(written.value, "not an integer"),
            )
    return None


def _respelt(written: Whole, number: int, unsafe: str) -> Need:
    if written.spelling is Spelling.MISLEADING:
        unsafe = ""
    operation = Set(written.value.pointer, number)
    return Need(
        operations=(operation,), title=f"write {_name(written)} as {number}", unsafe=unsafe
    )


def _name(written: Whole) -> str:
    return str(written.value.pointer[-1])
