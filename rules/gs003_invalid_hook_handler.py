"""A hook has no working handler.

A hook has exactly one of `exec`, `httpGet` and `sleep`. The API server rejects a hook with none or
several of them, an `exec` without a command, a port that is not a number from 1 to 65535 or a name,
and values of the wrong type: a number in `command` needs quotes, a port number must have none
(source: `validateHandler` in `pkg/apis/core/validation/validation.go`). `kubectl` rejects unknown
keys, other clients drop them, which can leave an empty handler. A `tcpSocket` handler is accepted
but always fails. A named port is looked up only when the hook runs, and only among the ports of the
hook's own container (source: `pkg/kubelet/lifecycle/handlers.go`).

Symptoms: the deploy fails; `FailedPreStopHook` or `FailedPostStartHook` events; a hook that does
nothing.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: sleeps
    image: example.com/web:1
    lifecycle: {preStop: {sleep: 5}}  # <-- `sleep: 5` must be a mapping
  - name: drains
    image: example.com/web:1
    lifecycle: {preStop: {command: ["/bin/drain"]}}  # <-- `command` is not a field of preStop
  - name: quits
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: sleep 5 && nginx -s quit}}}  # <-- must be a list
  - name: waits
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["/bin/wait", 5]}}}  # <-- `5` in `command` must be a string
  - name: asks
    image: example.com/web:1
    lifecycle: {preStop: {httpGet: {path: /drain, port: "8080"}}}  # <-- is a string of digits
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: sleeps
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 5}}}
  - name: drains
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["/bin/drain"]}}}
  - name: quits
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["/bin/sh", "-c", "sleep 5 && nginx -s quit"]}}}
  - name: waits
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["/bin/wait", "5"]}}}
  - name: asks
    image: example.com/web:1
    lifecycle: {preStop: {httpGet: {path: /drain, port: 8080}}}
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
        exec: {command: ["/bin/drain"], timeoutSeconds: 5}  # <-- `timeoutSeconds` is not a field of exec
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
      preStop: {httpGet: {path: /drain, port: 8080}}
```

## Fix safety
Unsafe: the hook has never run and starts to run once it is repaired; if it does not fit, the grace
period is raised as well. A command that only sleeps becomes the native `sleep` action on built-in
kinds and Kubernetes 1.30 or later. There is no fix where more than one handler could be meant.
"""

from collections.abc import Iterator, Mapping

from k8slint.kubernetes.lifecycle import (
    BESIDE_HOOKS,
    HANDLER,
    PORTS,
    SCHEMES,
    Mistake,
    Type,
    find_mistakes,
    holds_template,
    is_header_name,
    port_problem,
)
from k8slint.kubernetes.meant import field_meant, shape_meant
from k8slint.kubernetes.spelling import setting_meant, setting_resembled
from k8slint.kubernetes.workload import Container, Hook
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Keep, Set
from k8slint.manifest.scalars import decimal, is_placeholder
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
_EMPTY = NoRepair("what the hook is to do is not in the manifest; write it, or delete the hook")
_NO_PORT = NoRepair("which port is meant is not in the manifest; write its number or name")
_UNCLEAR = NoRepair("what was meant is not certain; write a field that there is, or delete it")
# Words of capitals that wait for no substitution, unlike others.
_OTHER_SCHEMES = ("FTP", "GRPC", "TCP", "TLS", "WSS")
_REFUSED = "the API server rejects this object"
# What people miss in a hook, and what they write for it.
_INSTEAD = {
    "args": "arguments belong in `command`",
    "timeoutSeconds": "a hook has no timeout of its own",
    "grpc": "only a probe has it",
}


@rule(
    "GS003",
    "invalid-hook-handler",
    severity="error",
    since="0.1",
    fix="unsafe",
    about=Feature.HOOK,
)
def check(shutdown: Shutdown, *, margin: int = 5, window: int = 5) -> Iterator[Finding]:
    for stop in shutdown.stops:
        yield from _check_lifecycle(stop.container)
        for hook in stop.container.hooks:
            for found in _check_hook(hook):
                need = found.need
                if isinstance(need, Need):
                    need = _native_where_it_sleeps(shutdown, hook, need)
                    takes = hook_duration(hook)
                    need = fit_grace_period(
                        shutdown, hook, takes, need, margin=margin, window=window
                    )
                yield found._replace(need=need)


def _native_where_it_sleeps(shutdown: Shutdown, hook: Hook, need: Need) -> Need:
    """Use the native action where a command in the wrong shape would only sleep."""
    reading = read_hook(hook) if hook.handlers == ("exec",) else None
    place = hook.value.get("exec" if hook.written else "command").pointer
    native = use_native_sleep(shutdown, place, reading.whole_sleep if reading else None)
    return native._replace(unsafe=need.unsafe) if native else need


def _check_lifecycle(container: Container) -> Iterator[Finding]:
    """Check what stands under `lifecycle` beside the hooks; misspelt hooks are GS002's matter."""
    lifecycle = container.lifecycle
    for mistake in find_mistakes(lifecycle, BESIDE_HOOKS):
        depth = len(mistake.value.pointer) - len(lifecycle.pointer)
        name = str(mistake.value.pointer[-1])
        if depth == 0:
            yield _wrong_type(lifecycle, "a mapping with `preStop`")
        elif depth == 1 and mistake.expected is Type.STRING:
            yield _wrong_type(mistake.value, "a string")
        elif depth == 1 and mistake.expected is None and _is_unknown(container, name):
            yield _unknown_field(mistake.value, "lifecycle")


def _is_unknown(container: Container, name: str) -> bool:
    is_directive = name.startswith("$")  # `$patch` of a strategic merge
    is_misspelt = setting_resembled(name) is not None
    return container.pod.workload.is_built_in and not is_directive and not is_misspelt


def _check_hook(hook: Hook) -> Iterator[Finding]:
    mistakes = [one for one in find_mistakes(hook.value, HANDLER) if _counts(hook, one)]
    for mistake in mistakes:
        yield _explain(hook, mistake)
    handlers = hook.written
    if not hook.value.is_mapping:
        return
    if len(handlers) > 1:
        yield Finding(
            f"{hook.event} has {len(handlers)} handlers ({', '.join(handlers)}): "
            f"exactly one is allowed, and {_REFUSED}",
            at=Spot(hook.value, f"{len(handlers)} handlers"),
            need=NoRepair("which of them is meant is not certain; keep one"),
        )
    elif handlers == ("tcpSocket",):
        yield Finding(
            f"tcpSocket hooks always fail at run time: the kubelet has no such handler, and "
            f"{_AFTER_FAILURE[hook.event]}",
            at=Spot(hook.value.get("tcpSocket"), "never runs"),
            need=NoRepair(
                "what the connection was to bring about is not certain; use exec or httpGet"
            ),
        )
    elif handlers == ("httpGet",):
        yield from _check_http(hook)
    elif not mistakes:
        yield from _check_empty(hook)


def _counts(hook: Hook, mistake: Mistake) -> bool:
    """Whether a mistake is one: in custom resources other keys may mean something."""
    if mistake.expected is not None:
        return True
    name = str(mistake.value.pointer[-1])
    if name.startswith("$") or setting_meant(name) is not None:  # The latter is GS002's matter.
        return False
    return hook.container.pod.workload.is_built_in or hook.handlers != hook.written


def _explain(hook: Hook, mistake: Mistake) -> Finding:
    if mistake.expected is None:
        return _explain_unknown(hook, mistake)
    meant = shape_meant(hook, mistake)
    need: Need | NoRepair = _UNCLEAR
    if (repaired := meant.repaired) is not None:
        below = f"move it under `{'.'.join(repaired)}`" if isinstance(repaired, Mapping) else ""
        need = _starts(Set(meant.pointer, repaired), below or f"write it as {meant.wanted}")
    return _wrong_type(mistake.value, meant.wanted, need)


def _explain_unknown(hook: Hook, mistake: Mistake) -> Finding:
    value = mistake.value
    name = str(value.pointer[-1])
    inside = len(value.pointer) - len(hook.value.pointer)
    if inside == 1 and not hook.written:
        for key, handler in (("command", "exec"), ("seconds", "sleep")):
            if name == key:
                return _move_below(hook, value, handler)
    if name == "sleep" and hook.handlers != hook.written:
        return _move_beside_exec(hook)
    above = value.parent.pointer[-1] if value.parent and inside > 1 else hook.event
    holder = "httpHeaders" if isinstance(above, int) else above
    is_empty = hook.value.get("exec").is_mapping and not hook.command
    refused = not hook.written or is_empty
    return _unknown_field(value, holder, field_meant(mistake), refused=refused)


def _move_below(hook: Hook, value: Value, handler: str) -> Finding:
    name = str(value.pointer[-1])
    is_script = isinstance(value.scalar, str) and hook.command is not None
    moved = list(hook.command or ()) if is_script else Keep(value.pointer)
    return Finding(
        f"`{name}` is not a field of {hook.event}, and without it the hook has no handler: "
        f"{_REFUSED}; it belongs under `{handler}`",
        at=Spot(value, f"belongs under {handler}"),
        need=_starts(
            Set(value.pointer, {name: moved}, key=handler), f"move `{name}` under `{handler}`"
        ),
    )


def _move_beside_exec(hook: Hook) -> Finding:
    action = hook.value.get("exec")
    sleep = action.get("sleep")
    value = Keep(sleep.pointer) if sleep.is_mapping else {"seconds": Keep(sleep.pointer)}
    return Finding(
        f"`sleep` is not a field of exec, and without it the hook has no command: {_REFUSED}",
        at=Spot(sleep, "belongs next to exec"),
        need=_starts(Set(action.pointer, value, key="sleep"), "turn it into a sleep handler"),
    )


def _check_empty(hook: Hook) -> Iterator[Finding]:
    partial = hook.container.pod.is_partial
    if not hook.written:
        if not partial and not holds_template(hook.value):
            yield Finding(
                f"{hook.event} has no handler: {_REFUSED}",
                at=Spot(hook.value, "no handler"),
                need=_EMPTY,
            )
        return
    action = hook.value.get("exec")
    words = action.get("command")
    if action.is_mapping and not any(True for _ in words.items()) and not holds_template(action):
        is_open = (partial and not words.is_written) or holds_template(words)
        if not is_open:
            yield Finding(
                f"the exec handler of {hook.event} has no command: {_REFUSED}",
                at=Spot(action, "no command"),
                need=_EMPTY,
            )


def _check_http(hook: Hook) -> Iterator[Finding]:
    action = hook.value.get("httpGet")
    if not action.is_mapping or holds_template(action):
        return
    yield from _check_port(hook, action.get("port"))
    scheme = action.get("scheme")
    written = scheme.scalar if isinstance(scheme.scalar, str) else ""
    is_open = is_placeholder(written) and written not in _OTHER_SCHEMES
    if written not in (*SCHEMES, "") and not is_open:
        upper = written.upper()
        yield Finding(
            f"scheme `{written}` is neither HTTP nor HTTPS: {_REFUSED}",
            at=Spot(scheme, "HTTP or HTTPS"),
            need=_rewrite(scheme, upper) if upper in SCHEMES else _UNCLEAR,
        )
    for header in action.get("httpHeaders").items():
        name = header.get("name")
        text = name.scalar if name.is_written else ""
        if isinstance(text, str) and not is_placeholder(text) and not is_header_name(text):
            yield Finding(
                f"{f'`{text}`' if text else 'an empty string'} is not a valid HTTP header name: "
                f"{_REFUSED}",
                at=Spot(name if name.is_written else header, "not a header name"),
                need=_UNCLEAR,
            )


def _check_port(hook: Hook, port: Value) -> Iterator[Finding]:
    is_partial = hook.container.pod.is_partial
    problem = None if is_partial and not port.is_written else port_problem(port)
    if problem is not None:
        number = decimal(port.scalar) if isinstance(port.scalar, str) else None
        shown = f" `{port.text}`" if port.is_written and port.text else ""
        yield Finding(
            f"port{shown} of the {hook.event} request {problem}: {_REFUSED}",
            at=Spot(port, problem),
            need=_rewrite(port, number) if number and number in PORTS else _NO_PORT,
        )
        return
    name = port.scalar
    if not isinstance(name, str) or is_placeholder(name) or is_partial:
        return
    names = [item.get("name").text for item in hook.container.value.get("ports").items()]
    if name not in names:
        yield Finding(
            f"this container has no port named `{name}`: the {hook.event} request fails, "
            f"and {_AFTER_FAILURE[hook.event]}",
            at=Spot(port, "unknown port name"),
            need=NoRepair("which port is meant is not in the manifest; name it under `ports`"),
        )


def _rewrite(value: Value, right: object) -> Need:
    return _starts(Set(value.pointer, right), f"write {value.pointer[-1]} as {right}")


def _starts(operation: Set, title: str) -> Need:
    """Return the need for something that brings a hook to life."""
    return Need(operations=(operation,), title=title, unsafe=_NEVER_RAN)


def _wrong_type(value: Value, wanted: str, need: Need | NoRepair = _UNCLEAR) -> Finding:
    message = f"{_show(value)} must be {wanted}: {_REFUSED}"
    return Finding(message, at=Spot(value, f"not {wanted}"), need=need)


def _show(value: Value) -> str:
    """Return a value with its key as it is written, or an item with the key of its list."""
    key = value.pointer[-1]
    if isinstance(key, str):
        return f"`{key}: {value.text}`" if value.text else f"`{key}`"
    above = value.parent.pointer[-1] if value.parent else ""
    return f"`{value.text}` in `{above}`" if value.text else f"an item of `{above}`"


def _unknown_field(
    value: Value, holder: str, right: str | None = None, *, refused: bool = False
) -> Finding:
    name = str(value.pointer[-1])
    hint = f"; {_INSTEAD[name]}" if name in _INSTEAD else ""
    outcome = "kubectl rejects it, other clients drop it"
    if refused:
        outcome = f"without it the hook does nothing, and {_REFUSED}"
    need: Need | NoRepair = _UNCLEAR
    if right is not None:
        renamed = Set(value.pointer, Keep(value.pointer), key=right)
        need = _starts(renamed, f"rename `{name}` to `{right}`")
    return Finding(
        f"`{name}` is not a field of {holder}: {outcome}{hint}",
        at=Spot(value, "not a field"),
        need=need,
    )
