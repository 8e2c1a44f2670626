"""A server that does not stop gracefully on SIGTERM.

Kubernetes sends SIGTERM unless the image or the pod sets another signal. uWSGI reloads on it and
keeps running (uwsgi#849); Unicorn, Resque and gitlab-runner drop what they are doing, and stop
gracefully on SIGQUIT instead (unicorn SIGNALS, gitlab-runner#4215); celery loses its tasks if it
maps SIGTERM to SIGQUIT, or if an init sends the signal to the whole process group (celery#4795);
nginx images before 1.19.5 do not declare SIGQUIT (docker-nginx#377).

Symptoms: requests or tasks that are aborted during a deploy; a uWSGI that reloads when it is asked
to stop; containers that end with exit code 137.

Where the manifest has no `command`, the image decides what runs: k8slint reads that from image configs
(`--images`, or `images` in the configuration) and from the Dockerfiles of the repository (which one
builds an image, `dockerfiles` in the configuration can say). The finding is then at the container's
`image` and names the file.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["uwsgi", "--http", ":8080", "--wsgi-file", "app.py"]  # <-- uWSGI reloads on SIGTERM
  - name: other
    image: example.com/other:1
    command: ["bundle", "exec", "unicorn"]  # <-- Unicorn quits immediately
  - name: worker
    image: example.com/worker:1
    command: ["tini", "-g", "--", "celery", "-A", "shop", "worker"]  # <-- to the whole process group
  - name: front
    image: nginx:1.17  # <-- nginx images before 1.19.5
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["uwsgi", "--http", ":8080", "--die-on-term"]
  - name: other
    image: example.com/other:1
    command: ["unicorn"]
    lifecycle:
      preStop: {exec: {command: ["sh", "-c", "kill -QUIT 1; sleep 20"]}}
  - name: front
    image: nginx:1.27
```
"""

import re
from collections.abc import Iterator

from k8slint.images.name import is_image
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.manifest.values import Value
from k8slint.shutdown.command import ContainerCommand
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.signals import is_old_nginx
from k8slint.shutdown.variables import variables

_UWSGI_FILE = r".*\.(?:ini|xml|ya?ml|json)|--(?:ini|xml|ya?ml|json)(?:=.*)?"


@rule(
    "GS403",
    "server-mishandles-sigterm",
    severity="warning",
    since="0.1",
    about=Feature.SIGNAL,
    unfixed="the image's stop signal, a flag or a hook can all be right; choose one that lets "
    "this server finish",
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    if shutdown.pod.is_partial:
        return
    for stop in shutdown.stops:
        found = _problem(stop)
        if found is None:
            continue
        message, place, severity = found
        if is_left_alone(shutdown.pod):
            return
        if stop.container.lifecycle.get("stopSignal").is_written or _is_taken_care_of(stop):
            continue
        yield Finding(message, at=Spot(place, "gets SIGTERM"), severity=severity)


def _is_taken_care_of(stop: Stop) -> bool:
    """Whether a hook does more than wait: it may stop the server the right way."""
    return stop.hook is not None and bool(stop.hook.handlers) and not stop.only_sleeps


def _problem(stop: Stop) -> tuple[str, Value, Severity | None] | None:
    command = stop.command
    if stop.image and stop.image.stop_signal not in (None, "TERM"):
        return None
    if command is None or (command.fact and is_old_nginx(stop.container.image or "")):
        return _old_nginx(stop)
    message = ""
    match command.program:
        case "uwsgi":
            message = _uwsgi(stop, command)
        case "unicorn" | "unicorn_rails":
            message = "Unicorn quits immediately on SIGTERM and drops running requests"
        case "resque" | "resque-pool" | "rake":
            message = _resque(stop, command)
        case "gitlab-runner":
            message = _gitlab_runner(stop, command)
        case "celery":
            message = _celery(stop, command)
    if not message:
        return None
    place = command.words[0].value
    return f"{message}{stop.origin_of(place)}", place, None


def _uwsgi(stop: Stop, command: ContainerCommand) -> str:
    words = [word.text for word in command.arguments]
    if any(re.fullmatch(_UWSGI_FILE, word) for word in words):
        return ""
    if any(word.startswith(("--die-on-term", "--hook-master-start")) for word in words):
        return ""
    if _may_be_set(stop, "UWSGI_"):
        return ""
    return "uWSGI reloads on SIGTERM instead of stopping (no --die-on-term): it runs until SIGKILL"


def _resque(stop: Stop, command: ContainerCommand) -> str:
    if command.program == "rake" and "resque:work" not in [w.text for w in command.arguments]:
        return ""
    if _may_be_set(stop, "TERM_CHILD") or _may_be_set(stop, "GRACEFUL_TERM"):
        return ""
    return "Resque kills its child on SIGTERM (neither TERM_CHILD nor GRACEFUL_TERM is set)"


def _gitlab_runner(stop: Stop, command: ContainerCommand) -> str:
    image = stop.container.image or ""
    has_signal = stop.image is not None and stop.image.stop_signal is not None
    if not has_signal and (not command.entry_is_known or is_image(image, "gitlab/gitlab-runner")):
        return ""  # The official image may declare a stop signal of its own.
    if "run" not in [word.text for word in command.arguments]:
        return ""
    return "gitlab-runner aborts its builds on SIGTERM; on SIGQUIT it would finish them"


def _celery(stop: Stop, command: ContainerCommand) -> str:
    if "worker" not in [word.text for word in command.arguments]:
        return ""
    env = variables(stop.container, stop.image)
    if "REMAP_SIGTERM" in env and env["REMAP_SIGTERM"].text == "SIGQUIT":
        return (
            "celery with REMAP_SIGTERM=SIGQUIT drops its tasks on SIGTERM, unless "
            "worker_soft_shutdown_timeout is set in the app"
        )
    if init := _signals_the_group(stop, command):
        return (
            f"{init} sends the stop signal to the whole process group: celery's children die "
            f"mid-task"
        )
    return ""


def _signals_the_group(stop: Stop, command: ContainerCommand) -> str:
    wrappers = command.wrappers
    for init in ("tini", "docker-init"):
        if init in wrappers and "-g" in wrappers:
            return f"{init} -g"
    if "dumb-init" in wrappers and not {"-c", "--single-child"} & {*wrappers}:
        return "" if _may_be_set(stop, "DUMB_INIT_SETSID") else "dumb-init"
    return ""


def _may_be_set(stop: Stop, prefix: str) -> bool:
    """Whether a variable is set in the manifest, or may come from elsewhere."""
    if stop.container.value.get("envFrom").is_written:
        return True
    return any(name.startswith(prefix) for name in variables(stop.container, stop.image))


def _old_nginx(stop: Stop) -> tuple[str, Value, Severity | None] | None:
    if not is_old_nginx(stop.container.image or ""):
        return None
    message = (
        "nginx images before 1.19.5 are stopped with SIGTERM, which makes nginx drop running "
        "requests"
    )
    return message, stop.container.value.get("image"), Severity.INFO
