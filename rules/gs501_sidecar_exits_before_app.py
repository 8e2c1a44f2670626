"""A sidecar proxy exits while the app is still draining.

The containers of a pod get the stop signal independently of each other, each after its own hook. A
proxy in `containers` that exits immediately cuts the app off from its database or from other
services, and nothing restarts it (cloudsql-proxy#86, istio#36640). A native sidecar would be
stopped after the app (KEP-753); a drain of its own helps too.

Symptoms: `connection refused` from the database or from other services while the app is stopping;
errors in the last requests of each pod.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, --graceful-timeout=20, app]
  - name: sql
    image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
    args: ["project:region:db"]  # <-- exits on the stop signal, while `app` has up to 20 s
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, --graceful-timeout=20, app]
  - name: sql
    image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
    args: ["project:region:db", "--max-sigterm-delay=25s"]
```

Linkerd's proxy waits up to 120 s for open connections, but takes no new ones:

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, --graceful-timeout=20, app]
  - name: linkerd-proxy
    image: cr.l5d.io/linkerd/proxy:edge-26.8.3  # <-- takes no new connections after the stop signal
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: sql
    image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
    restartPolicy: Always
    args: ["project:region:db"]
  containers:
  - name: app
    image: example.com/web:1
    command: [gunicorn, --graceful-timeout=20, app]
```

The option `injected: 1` also checks proxies that Istio, Linkerd and Dapr inject into the pod.
Whether these are native sidecars is a setting of the cluster, so such a finding is only a hint.

## Fix safety
Unsafe: the pod can then take longer to stop. There is a fix only for the
proxies of Cloud SQL and AlloyDB.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, NoRepair, add_argument, no_room
from k8slint.shutdown.seconds import Seconds, exactly, format_number
from k8slint.shutdown.sidecars import injections, istio_config, linkerd_is_native

# Database proxies, whose first flag keeps them running while a connection is open.
_WITH_FLAG = ("cloud-sql-proxy", "cloud_sql_proxy", "alloydb-auth-proxy")


@rule(
    "GS501",
    "sidecar-exits-before-app",
    severity="warning",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK | Feature.DRAIN,
)
def check(shutdown: Shutdown, *, margin: int = 5, injected: int = 0) -> Iterator[Finding]:
    proxies = [stop for stop in shutdown.main if stop.drain and stop.drain.program.is_sidecar]
    if not proxies and not injected:
        return
    if is_left_alone(shutdown.pod):
        return
    apps = [stop for stop in shutdown.main if stop not in proxies]
    slowest = max(apps, key=_stays, default=None)
    if slowest is None:
        return
    for proxy in proxies:
        yield from _gone_first(shutdown, proxy, slowest, margin)
    if injected:
        yield from _injected(shutdown, slowest)


def _gone_first(shutdown: Shutdown, proxy: Stop, app: Stop, margin: int) -> Iterator[Finding]:
    assert proxy.drain
    stays = _stays(app)
    drain = _proxy_drain(shutdown, proxy)
    ends = proxy.hook_takes + drain
    if not ends.is_known or ends.high >= stays:
        return
    name, when = proxy.drain.program.name, _when(proxy, ends)
    command = proxy.command
    place = command.words[0].value if command and command.words else None
    yield Finding(
        f"{name}{proxy.origin} {when}, while `{app.container.name}` has up to {format_number(stays)} s for its hook "
        f"and drain ({_sum(app)})",
        at=Spot(place or proxy.container.value.get("image"), when),
        because=_reason(app),
        need=_delay(shutdown, proxy, margin),
    )


def _when(proxy: Stop, ends: Seconds) -> str:
    """Return what ends and when, for a proxy that is of use until then."""
    assert proxy.drain
    what = "takes no new connections" if proxy.drain.program.refuses_new else "exits"
    after = f"{format_number(ends.high)} s" if ends.high else "the stop signal"
    on = "after" if ends.high or proxy.drain.program.refuses_new else "on"
    return f"{what} {on} {after}"


def _stays(stop: Stop) -> float:
    """How long an app is known to need its sidecars once the pod begins to stop."""
    drain = stop.explicit_drain
    return stop.hook_takes.low + (drain.span.low if drain else 0)


def _sum(stop: Stop) -> str:
    drain = stop.explicit_drain
    terms = [f"preStop {format_number(stop.hook_takes.low)}"] if stop.hook_takes.low else []
    if drain:
        terms.append(f"{drain.label} {format_number(drain.span.low)}")
    return " + ".join(terms)


def _reason(app: Stop) -> Spot | None:
    drain = app.explicit_drain
    place = drain.value if drain else app.hook and app.hook.place
    return Spot(place, "still running") if place else None


def _proxy_drain(shutdown: Shutdown, proxy: Stop) -> Seconds:
    assert proxy.drain
    if proxy.drain.program.refuses_new:
        return exactly(0)
    if proxy.drain.program.name != "istio-proxy":
        return proxy.drain.span
    # With exit-on-zero it waits for its connections, which only the grace period limits.
    config = istio_config(shutdown.annotations)
    if config and config.exits_on_zero:
        return exactly(shutdown.grace.seconds or 0)
    own = next((one for one in shutdown.proxy_drains if one.proxy == "istio-proxy"), None)
    return exactly(own.seconds) if own else proxy.drain.span


def _delay(shutdown: Shutdown, proxy: Stop, margin: int) -> Need | NoRepair:
    assert proxy.drain
    program = proxy.drain.program
    if program.name not in _WITH_FLAG:
        return NoRepair(
            f"how {program.name} is best kept running is not certain; make it a native sidecar, or "
            f"give it a preStop hook"
        )
    if proxy.drain.settings:
        return NoRepair(f"{program.name} has a drain of its own already; lengthen that")
    left = shutdown.room(proxy, margin=margin)
    if left is None:
        return no_room(shutdown, proxy)
    need = Need(
        title=f"keep {proxy.container.name} running for {left} s",
        unsafe="the pod can then take longer to stop",
    )
    return add_argument(proxy, f"{program.flag}={left}s", need)


def _injected(shutdown: Shutdown, app: Stop) -> Iterator[Finding]:
    stays = _stays(app)
    config = istio_config(shutdown.annotations)
    for mesh, mark in injections(shutdown.pod):
        told = any(drain.proxy == mesh.proxy for drain in shutdown.proxy_drains)
        native = mesh.proxy == "linkerd-proxy" and linkerd_is_native(shutdown.annotations)
        waits = mesh.proxy == "istio-proxy" and config and config.exits_on_zero
        if told or native or waits or mesh.drain is None or stays <= mesh.drain:
            continue
        # Linkerd's waits for open connections, and refuses new ones at once.
        ends = f"exits {mesh.drain} s" if mesh.drain else "takes no new connections"
        yield Finding(
            f"{mesh.proxy} {ends} after the stop signal unless it is injected as a native "
            f"sidecar, while `{app.container.name}` has up to {format_number(stays)} s for "
            f"its hook and drain ({_sum(app)})",
            at=Spot(mark, "injects a proxy"),
            because=_reason(app),
            severity=Severity.INFO,
            need=NoRepair(
                "how the proxy is injected is not in the manifest; let the mesh inject a native "
                "sidecar, or set its drain in an annotation"
            ),
        )
