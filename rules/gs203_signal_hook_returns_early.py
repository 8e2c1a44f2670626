"""A hook asks for a graceful stop and does not wait for it.

`nginx -s quit` and `kill -QUIT 1` return immediately, the hook is over, and the kubelet sends the
stop signal right after it: SIGTERM, unless the image declares another one. Servers that distinguish
the two take it as "stop now" and cut off the requests they had still to finish (sources: nginx
"Controlling nginx", api-platform#1997; the AKS sample waits with `killall -0`).

Symptoms: requests that are cut off during a deploy although the hook asks for a graceful stop.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: nginx:1.17
    lifecycle:
      preStop:
        exec:
          command: ["nginx", "-s", "quit"]  # <-- SIGTERM follows and makes nginx stop without finishing
```

For an unknown image, the manifest shows neither how it handles the two signals nor which one it
declares, so the finding is only a hint. SIGINT is not reported: few programs distinguish it from
SIGTERM.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: ["kill", "-QUIT", "1"]  # <-- unless the image's stop signal is SIGQUIT
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: waits
    image: nginx:1.17
    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "nginx -s quit; while killall -0 nginx; do sleep 1; done"]
  - name: declares-sigquit
    image: nginx:1.27
    lifecycle: {preStop: {exec: {command: ["nginx", "-s", "quit"]}}}
  - name: interrupts
    image: example.com/web:1
    lifecycle: {preStop: {exec: {command: ["kill", "-INT", "1"]}}}
```
"""

from collections.abc import Iterator

from k8slint.images.name import base
from k8slint.kubernetes.workload import Container
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.features import Feature
from k8slint.shutdown.hook import display_command, locate_argument, read_hook

# Servers for which SIGTERM cuts short what this signal asked for.
_GRACEFUL = {
    "nginx": "QUIT",
    "openresty": "QUIT",
    "unicorn": "QUIT",
    "php-fpm": "QUIT",
    "httpd": "WINCH",
    "apache2": "WINCH",
    "haproxy": "USR1",
}
# What other programs take for a gentle stop, if they tell it from SIGTERM.
_GENTLE = frozenset({"QUIT", "WINCH"})


@rule(
    "GS203",
    "signal-hook-returns-early",
    severity="warning",
    since="0.1",
    about=Feature.HOOK,
    unfixed="which tool of the image can wait for the server is not in the manifest; let the "
    "hook wait until the server has exited, or declare the signal as the stop signal of "
    "the image",
)
def check(container: Container) -> Iterator[Finding]:
    hook = container.pre_stop
    reading = read_hook(hook) if hook and hook.handlers == ("exec",) else None
    if hook is None or reading is None or reading.broken or not reading.signals:
        return
    from k8slint.images.public import stop_signal
    from k8slint.shutdown.shell import Afterwards

    image = container.image or ""
    follows = container.lifecycle.get("stopSignal").text or stop_signal(image)
    for signal in reading.signals:
        if signal.afterwards is not Afterwards.RETURNS:
            continue
        server = signal.program or (base(image) if signal.pid == 1 else "")
        graceful = _GRACEFUL.get(server or "")
        if graceful is None and signal.pid == 1 and not follows and signal.name in _GENTLE:
            graceful, server = signal.name, ""
        if graceful is None or signal.name != graceful:
            continue
        if follows and follows.removeprefix("SIG") == graceful:
            continue
        value, span = locate_argument(hook, signal.place)
        outcome = (
            f"makes {server} stop without finishing its requests"
            if server
            else f"can cut short what SIG{graceful} asked for"
        )
        unless = "" if follows else f", unless the image's stop signal is SIG{graceful}"
        yield Finding(
            f"`{display_command(hook, signal.place)}` returns immediately: SIGTERM follows and "
            f"{outcome}{unless}",
            at=Spot(value, "does not wait", span),
            severity=None if follows else Severity.INFO,
        )
