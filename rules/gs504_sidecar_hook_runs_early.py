"""A preStop sleep on a native sidecar does not keep it running longer.

A native sidecar gets its stop signal once every main container has exited, however long that takes.
Its `preStop` hook does not wait for that: it runs at the start of the shutdown, together with the
hooks of the main containers (KEP-753; `kuberuntime_termination_order.go`). A sleep there was the
usual way to keep a proxy alive before native sidecars existed; it no longer has a purpose.

Symptoms: pods that take longer to stop than they need; a sidecar that is not kept running by its
sleep.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: proxy
    image: example.com/proxy:1
    restartPolicy: Always
    lifecycle:
      preStop:
        sleep: {seconds: 20}  # <-- runs at the start of the shutdown
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
    lifecycle:
      preStop: {exec: {command: ["/bin/drain-listeners"]}}
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop: {sleep: {seconds: 20}}
```

## Fix safety
Unsafe: if the app exits before the sleep ends, the sidecar would also exit sooner.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.delay import remove_hook
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule(
    "GS504",
    "sidecar-hook-runs-early",
    severity="info",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    if not shutdown.main:
        return
    for stop in shutdown.sidecars:
        hook = stop.hook
        if hook is None or not stop.only_sleeps or not stop.hook_takes.low:
            continue
        yield Finding(
            f"the sleep of {stop.hook_takes} s runs at the start of the shutdown: a native "
            f"sidecar is stopped after the app anyway, and the sleep does not extend its life",
            at=Spot(hook.place, f"sleeps {stop.hook_takes} s"),
            need=Need(
                operations=(remove_hook(hook),),
                title="remove the preStop sleep of the sidecar",
                unsafe="if the app exits before the sleep ends, the sidecar would also exit sooner",
            ),
        )
