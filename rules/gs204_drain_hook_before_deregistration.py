"""A hook starts to drain the server while traffic still arrives.

The pod is removed from endpoints and load balancers while the hook is already running, and the
removal takes a few seconds. A hook that stops the server immediately makes it refuse requests that
are still on their way; a short sleep before it covers the gap (source: the endpoint race in the EKS
best practices for load balancing; the Vault chart sleeps 5 s before its signal).

Symptoms: `connection refused` or 502 errors in the first seconds after a pod begins to stop.

The rule covers containers behind a port of a Service. Whether requests are lost depends on how the
server handles new ones while it drains, so the rule is off by default.

```yaml bad
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:1
        ports: [{containerPort: 80}]
        lifecycle:
          preStop:
            exec:
              command: ["sh", "-c", "nginx -s quit; while pgrep nginx; do sleep 1; done"]  # <-- `nginx -s quit` runs before any delay
```

```yaml fixed
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:1
        ports: [{containerPort: 80}]
        lifecycle:
          preStop:
            exec:
              command: ["sh", "-c", "sleep 5; nginx -s quit; while pgrep nginx; do sleep 1; done"]
      terminationGracePeriodSeconds: 35
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:1
        ports: [{containerPort: 80}]
        lifecycle:
          preStop:
            exec: {command: ["sh", "-c", "sleep 5 && kill -QUIT 1"]}
```

```yaml bad
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:1
        ports: [{containerPort: 80}]
        lifecycle: {preStop: {exec: {command: [/usr/sbin/nginx, -s, quit]}}}  # <-- `/usr/sbin/nginx -s quit` runs before any delay
```

A pod that no Service selects does not have to wait:

```yaml good
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      containers:
      - name: worker
        image: example.com/worker:1
        lifecycle:
          preStop:
            exec: {command: ["sh", "-c", "kill -QUIT 1; while pgrep worker; do sleep 1; done"]}
```

## Fix safety
Unsafe: the sleep makes every shutdown longer, and the grace period is raised by the same amount.
There is a fix only for a one-line `sh -c` script.
"""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Set
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import display_command, locate_argument, read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair
from k8slint.shutdown.traffic import Traffic
from k8slint.shutdown.words import SHELLS


@rule(
    "GS204",
    "drain-hook-before-deregistration",
    severity="info",
    since="0.1",
    fix="unsafe",
    default=False,
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, traffic: Traffic) -> Iterator[Finding]:
    if not traffic.paths or traffic.is_irrelevant:
        return
    for stop, path in traffic.receivers():
        hook = stop.hook
        if hook is None or hook.handlers != ("exec",):
            continue
        reading = read_hook(hook)
        if reading is None or reading.broken or not reading.signals or reading.sleeps_first:
            continue
        first = reading.signals[0]
        if first.name is None:  # `nodetool drain`, `/wait-shutdown`: they know what they wait for
            continue
        value, span = locate_argument(hook, first.place)
        seconds = path.delay.seconds
        yield Finding(
            f"{path} -> this container: `{display_command(hook, first.place)}` runs before any delay, "
            f"but {path.delay.sender} keeps sending for about {seconds} s: those requests hit a "
            f"server that is shutting down",
            at=Spot(value, "drains immediately", span),
            need=_sleep_first(shutdown, hook, seconds),
            chain=path.chain,
        )


def _sleep_first(shutdown: Shutdown, hook: Hook, delay: int) -> Need | NoRepair:
    argv = hook.command or ()
    is_script = len(argv) == 3 and argv[0].rpartition("/")[2] in SHELLS and argv[1] == "-c"
    if not is_script or "\n" in argv[2] or not hook.is_well_formed:
        return NoRepair(
            f"the hook is not a one-line `sh -c` script; let it sleep {delay} s first, if its image "
            f"has a shell"
        )
    script = [*argv[:2], f"sleep {delay}; {argv[2]}"]
    grace = shutdown.grace.seconds
    if grace is None:
        return NoRepair("the grace period, which has to grow as well, is not known")
    return Need(
        grace=grace + delay,
        operations=(Set(hook.value.at("exec", "command").pointer, script),),
        title=f"sleep {delay} s first",
        unsafe="every shutdown takes that much longer",
    )
