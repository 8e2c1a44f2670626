"""A hook has no working handler.

A hook has exactly one of `exec`, `httpGet` and `sleep`. The API server rejects a hook with none or
several of them, an `exec` without a command, and values of the wrong type; it drops unknown keys,
which leaves an empty handler (source: `validateHandler` in
`pkg/apis/core/validation/validation.go`). A `tcpSocket` handler is accepted but always fails. A
named port is looked up only when the hook runs, and only among the ports of the hook's own
container (source: `pkg/kubelet/lifecycle/handlers.go`).

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep: 5  # <-- `sleep: 5` must be a mapping
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep:
          seconds: 5
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        command: ["/bin/drain"]  # <-- `command` is not a field of preStop
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["/bin/drain"]
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: sleep 5 && nginx -s quit  # <-- `command` is a string
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["/bin/sh", "-c", "sleep 5 && nginx -s quit"]
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    ports: [{name: http, containerPort: 8080}]
    lifecycle:
      preStop:  # <-- preStop has 2 handlers (exec, httpGet)
        exec: {command: ["/bin/drain"]}
        httpGet: {path: /drain, port: http}
      postStart:
        httpGet: {path: /warm, port: admin}  # <-- this container has no port named `admin`
  - name: proxy
    image: example.com/proxy:1
    lifecycle: {preStop: {tcpSocket: {port: 80}}}  # <-- tcpSocket
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop: {httpGet: {path: /drain, port: "8080"}}
```

## Fix safety
Unsafe: the hook has never run and starts to run once it is repaired; if it does not fit, the grace
period is raised as well. A command that only sleeps becomes the native `sleep` action on built-in
kinds and Kubernetes 1.30 or later. There is no fix where more than one handler could be meant.
"""

from collections.abc import Iterator

from k8slint.kubernetes.fields import strings
from k8slint.kubernetes.workload import Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Keep, Set
from k8slint.manifest.scalars import as_int64, is_placeholder
from k8slint.manifest.values import Value
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import hook_duration, read_hook
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair, fit_grace_period, use_native_sleep

_AFTER_FAILURE = {
    "preStop": "the stop signal follows immediately",
    "postStart": "the container is killed and restarted",
}
_NEVER_RAN = "the hook has never run and would start running"
_EMPTY = NoRepair("what the hook is to do is not in the manifest: write it, or delete the hook")


@rule(
    "GS003",
    "invalid-hook-handler",
    severity="error",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    for hook in (hook for stop in shutdown.stops for hook in stop.container.hooks):
        for found in _check_hook(hook):
            need = found.need
            if isinstance(need, Need):
                need = _native_where_it_sleeps(shutdown, hook, need)
                takes = hook_duration(hook)
                need = fit_grace_period(shutdown, hook, takes, need, margin=margin, window=window)
            yield found._replace(need=need)


def _native_where_it_sleeps(shutdown: Shutdown, hook: Hook, need: Need) -> Need:
    """Use the native action where a command in the wrong shape would only sleep."""
    reading = read_hook(hook) if hook.handlers == ("exec",) else None
    place = hook.value.get("exec" if hook.written else "command").pointer
    native = use_native_sleep(shutdown, place, reading.whole_sleep if reading else None)
    return native._replace(unsafe=need.unsafe) if native else need


def _check_hook(hook: Hook) -> Iterator[Finding]:
    if not hook.value.is_mapping:
        return
    handlers = hook.written
    if len(handlers) > 1:
        yield Finding(
            f"{hook.event} has {len(handlers)} handlers ({', '.join(handlers)}): "
            f"exactly one is allowed, and the API server rejects this object",
            at=Spot(hook.value, f"{len(handlers)} handlers"),
            need=NoRepair("which of them is meant is not certain: keep one"),
        )
    elif not handlers:
        yield from _check_empty(hook)
    elif handlers == ("tcpSocket",):
        yield Finding(
            f"tcpSocket hooks always fail at run time: the kubelet has no such handler, and "
            f"{_AFTER_FAILURE[hook.event]}",
            at=Spot(hook.value.get("tcpSocket"), "never runs"),
            need=NoRepair(
                "what the connection was to bring about is not certain: use exec or httpGet"
            ),
        )
    elif handlers == ("exec",):
        yield from _check_exec(hook)
    elif handlers == ("sleep",):
        yield from _check_sleep(hook)
    else:
        yield from _check_http(hook)


def _check_empty(hook: Hook) -> Iterator[Finding]:
    partial = hook.container.pod.is_partial
    for name, handler in (("command", "exec"), ("seconds", "sleep")):
        misplaced = hook.value.get(name)
        if misplaced.is_written:
            is_script = isinstance(misplaced.scalar, str) and hook.command is not None
            value = list(hook.command or ()) if is_script else Keep(misplaced.pointer)
            repair = Set(misplaced.pointer, {name: value}, key=handler)
            yield Finding(
                f"`{name}` is not a field of {hook.event}: the API server drops or rejects it, "
                f"which leaves the hook without a handler; it belongs under `{handler}`",
                at=Spot(misplaced, f"belongs under {handler}"),
                need=Need(
                    operations=(repair,),
                    title=f"move `{name}` under `{handler}`",
                    unsafe=_NEVER_RAN,
                ),
            )
            return
    if not partial and not _holds_template(hook.value):
        yield Finding(
            f"{hook.event} has no handler: the API server rejects this object",
            at=Spot(hook.value, "no handler"),
            need=_EMPTY,
        )


def _check_exec(hook: Hook) -> Iterator[Finding]:
    action = hook.value.get("exec")
    words = action.get("command")
    if _holds_template(action):
        return
    if strings(action) is not None:
        yield _shape(
            hook,
            action,
            "the list under `command`",
            {"command": Keep(action.pointer)},
        )
    elif action.is_mapping and action.get("sleep").is_written and not words.is_written:
        yield from _check_sleep_in_exec(hook, action)
    elif isinstance(words.scalar, str):
        if hook.command is None:
            return
        yield Finding(
            "`command` is a string: the API server expects a list and rejects this object",
            at=Spot(words, "a string"),
            need=Need(
                operations=(Set(words.pointer, list(hook.command)),),
                title="run it with /bin/sh -c",
                unsafe=_NEVER_RAN,
            ),
        )
    elif action.is_mapping and not any(True for _ in words.items()):
        if hook.container.pod.is_partial and not words.is_written:
            return
        yield Finding(
            f"the exec handler of {hook.event} has no command: the API server rejects this object",
            at=Spot(action, "no command"),
            need=_EMPTY,
        )


def _check_sleep_in_exec(hook: Hook, action: Value) -> Iterator[Finding]:
    sleep = action.get("sleep")
    value = Keep(sleep.pointer) if sleep.is_mapping else {"seconds": Keep(sleep.pointer)}
    yield Finding(
        "`sleep` is not a field of exec: the API server drops or rejects it, which leaves the hook "
        "without a command",
        at=Spot(sleep, "belongs next to exec"),
        need=Need(
            operations=(Set(action.pointer, value, key="sleep"),),
            title="turn it into a sleep handler",
            unsafe=_NEVER_RAN,
        ),
    )


def _check_sleep(hook: Hook) -> Iterator[Finding]:
    sleep = hook.value.get("sleep")
    if as_int64(sleep.scalar) is not None:
        yield _shape(
            hook,
            sleep,
            "the number under `seconds`",
            {"seconds": Keep(sleep.pointer)},
        )
    elif not sleep.is_mapping and not _holds_template(sleep):
        yield Finding(
            "`sleep` must be a mapping with `seconds`: the API server rejects this object",
            at=Spot(sleep, "not a mapping"),
            need=NoRepair("how long it is to sleep is not in the manifest: write `seconds`"),
        )


def _check_http(hook: Hook) -> Iterator[Finding]:
    port = hook.value.at("httpGet", "port")
    name = port.scalar
    if not isinstance(name, str) or name.isdigit() or is_placeholder(name):
        return
    container = hook.container
    if container.pod.is_partial:
        return
    names = [item.get("name").text for item in container.value.get("ports").items()]
    if name not in names:
        yield Finding(
            f"this container has no port named `{name}`: the {hook.event} request fails, "
            f"and {_AFTER_FAILURE[hook.event]}",
            at=Spot(port, "unknown port name"),
            need=NoRepair("which port is meant is not in the manifest: name it under `ports`"),
        )


def _shape(hook: Hook, value: Value, what: str, repaired: object) -> Finding:
    key = str(value.pointer[-1])
    shown = f"`{key}: {value.text}`" if value.text else f"`{key}`"
    return Finding(
        f"{shown} must be a mapping with {what}: the API server rejects this object",
        at=Spot(value, "not a mapping"),
        need=Need(
            operations=(Set(value.pointer, repaired),),
            title=f"move it under `{', '.join(repaired) if isinstance(repaired, dict) else key}`",
            unsafe=_NEVER_RAN,
        ),
    )


def _holds_template(value: Value) -> bool:
    if value.text is not None:
        return is_placeholder(value.text)
    return any(is_placeholder(name) for name, _ in value.entries())
