"""pm2 kills the app long before the grace period is over.

On SIGTERM pm2-runtime sends SIGINT to its processes and SIGKILL 1.6 s later, regardless of the
pod's grace period, unless a kill timeout is set (source: `KILL_TIMEOUT` in pm2's `constants.js`).

Symptoms: requests that are cut off less than 2 s after SIGTERM, whatever the grace period.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["pm2-runtime", "server.js"]  # <-- pm2 kills the app 1.6 s after SIGINT
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    env:
    - name: PM2_KILL_TIMEOUT
      value: "25000"
    command: ["pm2-runtime", "server.js"]
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["pm2-runtime", "server.js"]  # <-- pm2 kills the app 1.6 s after SIGINT
    env:
    - name: NODE_ENV  # as in staging
      value: production
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["pm2-runtime", "server.js"]
    env:
    - name: NODE_ENV  # as in staging
      value: production
    - name: PM2_KILL_TIMEOUT
      value: "25000"
```

A process file can set the timeout too, so a container that uses one is not reported:

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["pm2-runtime", "start", "ecosystem.config.js"]
  - name: other
    image: example.com/web:1
    command: ["pm2-runtime", "server.js", "--kill-timeout", "20000"]
```

## Fix safety
Unsafe: an app that ignores SIGINT runs longer.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Append, Set
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, NoRepair, no_room

_VARIABLE = "PM2_KILL_TIMEOUT"


@rule(
    "GS405",
    "pm2-kill-timeout",
    severity="info",
    since="0.1",
    fix="unsafe",
    about=Feature.SIGNAL,
)
def check(shutdown: Shutdown, *, margin: int = 5) -> Iterator[Finding]:
    for stop in shutdown.main:
        drain = stop.drain
        if drain is None or drain.program.name != "pm2" or drain.settings or stop.command is None:
            continue
        if not drain.by_itself.is_known or is_left_alone(shutdown.pod) or shutdown.pod.is_partial:
            continue
        grace = shutdown.grace
        limit = f" ({grace})" if grace.seconds is not None else ""
        yield Finding(
            f"pm2{stop.origin} kills the app 1.6 s after SIGINT, regardless of the grace "
            f"period{limit}",
            at=Spot(stop.command.words[0].value, "waits 1.6 s"),
            because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
            need=_timeout(shutdown, stop, margin=margin),
        )


def _timeout(shutdown: Shutdown, stop: Stop, *, margin: int) -> Need | NoRepair:
    env = stop.container.value.get("env")
    left = shutdown.room(stop, margin=margin)
    if left is None:
        return no_room(shutdown, stop)
    item = {"name": _VARIABLE, "value": str(left * 1000)}
    add = Append(env.pointer, item) if env.is_written else Set(env.pointer, [item], ("image",))
    return Need(
        operations=(add,),
        title=f"give the app {left} s after SIGINT",
        unsafe="an app that ignores SIGINT would run longer",
    )
