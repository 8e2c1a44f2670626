"""A program without a limit on its drain.

After SIGTERM, some servers wait for the last connection or task, however long that takes. A single
client that keeps its connection open then holds up the pod for the whole grace period, and SIGKILL
cuts off everything else that is still in progress (sources: uvicorn `main.py`, where
`--timeout-graceful-shutdown` has no default; celery `apps/worker.py`).

Symptoms: pods that are stuck in Terminating until the grace period ends; containers that end
with exit code 137; slow rollouts.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    args: [uvicorn, "app:main"]  # <-- uvicorn has no limit on its drain
    lifecycle: {preStop: {sleep: {seconds: 10}}}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    args: [uvicorn, "app:main", --timeout-graceful-shutdown=15]
    lifecycle: {preStop: {sleep: {seconds: 10}}}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: [uvicorn, "app:main", --timeout-graceful-shutdown=20]
```

## Fix safety
Unsafe: the app cuts off requests that take longer than the new limit; until now they had until
SIGKILL. There is a fix only for programs that take the limit as a flag.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, NoRepair, add_argument, no_room
from k8slint.shutdown.seconds import Kind


@rule(
    "GS105",
    "unbounded-app-drain",
    severity="info",
    since="0.1",
    fix="unsafe",
    default=False,
    about=Feature.PROGRAM,
)
def check(shutdown: Shutdown, *, margin: int = 5) -> Iterator[Finding]:
    grace = shutdown.grace
    if not grace.seconds:
        return
    for stop in shutdown.main:
        drain = stop.drain
        if drain is None or drain.span.kind is not Kind.UNBOUNDED or drain.settings:
            continue
        if is_left_alone(shutdown.pod):
            return
        place = stop.command.words[0].value if stop.command and stop.command.words else None
        yield Finding(
            f"{drain.program.name}{stop.origin} has no limit on its drain ({drain.span.why}): it can last "
            f"until SIGKILL at {grace}",
            at=Spot(place or stop.container.value.get("image"), "drains without a limit"),
            because=Spot(grace.value, grace.label),
            need=_limit(shutdown, stop, margin=margin),
        )


def _limit(shutdown: Shutdown, stop: Stop, *, margin: int) -> Need | NoRepair:
    assert stop.drain
    program = stop.drain.program
    if not program.flag:
        return NoRepair(
            f"no flag is known that limits the drain of {program.name}; set a limit in its "
            f"configuration, if it has one"
        )
    left = shutdown.room(stop, margin=margin)
    if left is None:
        return no_room(shutdown, stop)
    need = Need(
        title=f"set {program.flag} to the {left} s that are left of the grace period",
        unsafe="the app would cut off requests that take longer",
    )
    return add_argument(stop, f"{program.flag}={left}", need)
