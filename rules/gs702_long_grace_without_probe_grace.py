"""A hung container is kept for a long grace period before it is restarted.

After a failed liveness or startup probe, the container is stopped with the grace period of the
probe or, if it has none, that of the pod (source: `setTerminationGracePeriod` in
`pkg/kubelet/kuberuntime/kuberuntime_container.go`; the field is stable since 1.28). A grace period
that is long enough for a clean shutdown then keeps a container that no longer works for just as
long, and its endpoint stays in service meanwhile (kubernetes#64715).

Symptoms: a container that hangs and is not restarted for minutes although its liveness probe fails.

The rule reports a grace period above 120 s and above twice the time of the preStop hook, once for
each pod. A startup probe fails before the container has traffic; the option `startup-probes`
includes these probes.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: db
    image: example.com/db:1
    lifecycle: {preStop: {sleep: {seconds: 60}}}
    livenessProbe:  # <-- after a failed livenessProbe, db can hang for 600 s before it is restarted
      tcpSocket: {port: 5432}
    startupProbe:
      tcpSocket: {port: 5432}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: db
    image: example.com/db:1
    lifecycle: {preStop: {sleep: {seconds: 60}}}
    livenessProbe:
      tcpSocket: {port: 5432}
      terminationGracePeriodSeconds: 70
    startupProbe:
      tcpSocket: {port: 5432}
```

With several containers, each probe gets the time that the hook of its own container takes:

```yaml bad startup-probes=true
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 60}}}
    livenessProbe:  # <-- after a failed livenessProbe or startupProbe, app or envoy can hang for 600 s
      httpGet: {path: /healthz, port: 8080}
  - name: envoy
    image: example.com/envoy:1
    startupProbe:
      tcpSocket: {port: 15000}
  - name: save
    image: example.com/save:1
    lifecycle: {preStop: {sleep: {seconds: 300}}}
    livenessProbe:
      tcpSocket: {port: 9000}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 60}}}
    livenessProbe:
      httpGet: {path: /healthz, port: 8080}
      terminationGracePeriodSeconds: 70
  - name: envoy
    image: example.com/envoy:1
    startupProbe:
      tcpSocket: {port: 15000}
      terminationGracePeriodSeconds: 30
  - name: save
    image: example.com/save:1
    lifecycle: {preStop: {sleep: {seconds: 300}}}
    livenessProbe:
      tcpSocket: {port: 9000}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  terminationGracePeriodSeconds: 600
  containers:
  - name: db
    image: example.com/db:1
    livenessProbe:
      tcpSocket: {port: 5432}
      terminationGracePeriodSeconds: 60
    readinessProbe:
      tcpSocket: {port: 5432}
```

## Fix safety
Unsafe: after a failed probe the container would be killed sooner. The probe gets the time of the
preStop hook plus 10 s (the options `window` and `margin`), and at least 30 s.
"""

from collections.abc import Iterable, Iterator

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.kubernetes.workload import Probe
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, probe_grace, waits_long

_SHOWN = 3


@rule(
    "GS702",
    "long-grace-without-probe-grace",
    severity="warning",
    since="0.1",
    fix="unsafe",
    about=Feature.GRACE,
)
def check(
    shutdown: Shutdown, *, margin: int = 5, window: int = 5, startup_probes: bool = False
) -> Iterator[Finding]:
    grace = shutdown.grace
    if grace.seconds is None or shutdown.pod.is_partial:
        return
    names = ("livenessProbe", "startupProbe") if startup_probes else ("livenessProbe",)
    probes = [
        (stop, probe)
        for stop in shutdown.stops
        for probe in stop.container.probes_without_grace
        if probe.name in names and waits_long(grace.seconds, stop.hook_seconds)
    ]
    if not probes:
        return
    wanted = [
        (stop, probe, probe_grace(stop.hook_seconds, margin=margin, window=window))
        for stop, probe in probes
    ]
    first = probes[0][1]
    yield Finding(
        f"after a failed {_named(probe.name for _, probe in probes)}, "
        f"{_named(stop.container.name for stop, _ in probes)} can hang for {grace} before it "
        f"is restarted",
        at=Spot(first.value, "has no grace period of its own"),
        because=Spot(grace.value, grace.label),
        need=Need(
            operations=tuple(Set(probe.grace.value.pointer, to) for _, probe, to in wanted),
            title=" and ".join(_title(stop, probe, to) for stop, probe, to in wanted[:_SHOWN]),
            unsafe="after a failed probe the container would be killed sooner",
        ),
    )


def _named(names: Iterable[str]) -> str:
    """Join names; if there are many, the first one and the number of the others."""
    first, *others = dict.fromkeys(names)
    if len(others) < _SHOWN:
        return " or ".join([first, *others])
    return f"{first} or {len(others)} others"


def _title(stop: Stop, probe: Probe, seconds: int) -> str:
    return f"set {probe.name}.{GRACE_KEY} of {stop.container.name} to {seconds}"
