"""The pods that are measured, each with what ends it."""

from __future__ import annotations

from typing import Any, NamedTuple

PAUSE = "registry.test/pause:1"
IMAGE = "registry.test/witness:1"
# Local images with the names of public ones, whose stop signals k8slint knows.
SIGNALS = {
    "nginx:1.27": "SIGQUIT",
    "httpd:2.4": "SIGWINCH",
    "postgres:16": "SIGINT",
    "haproxy:3.0": "SIGUSR1",
}
LOG = "/log"
# Present once the probes of a pod may fail.
FAIL = f"{LOG}/fail"
GRACE = "terminationGracePeriodSeconds"
PROGRAMS = "programs: [{name: witness, command: witness, flag: -drain, unit: s}]\n"

Container = dict[str, Any]


class Case(NamedTuple):
    """A pod: its grace period, containers and sidecars; and the trigger of its end."""

    grace: int | None
    containers: tuple[Container, ...]
    sidecars: tuple[Container, ...] = ()
    trigger: str = "delete"
    spec: dict[str, Any] = {}  # noqa: RUF012


def app(
    hook: Container | None = None, *, drain: float | None = None, name: str = "app", **more: Any
) -> Container:
    """Return a container that ignores stop signals, or exits `drain` seconds after one."""
    behaviour = ["-ignore"] if drain is None else ["-drain", f"{drain:g}"]
    container: Container = {
        "name": name,
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": ["/bin/witness", "-log", f"{LOG}/{name}", *behaviour],
        "volumeMounts": [{"name": "log", "mountPath": LOG}],
    }
    if hook is not None:
        container["lifecycle"] = {"preStop": hook}
    return container | more


def side(
    hook: Container | None = None, *, drain: float | None = None, name: str = "side", **more: Any
) -> Container:
    return app(hook, drain=drain, name=name, restartPolicy="Always", **more)


def run(*words: str) -> Container:
    return {"exec": {"command": [*words]}}


def shell(script: str) -> Container:
    return run("sh", "-c", script)


def sleep(seconds: int) -> Container:
    return {"sleep": {"seconds": seconds}}


def exits(seconds: float, code: int = 0, **more: Any) -> Container:
    command = ["/bin/witness", "-log", f"{LOG}/app", "-exit-after", f"{seconds:g}"]
    return app(command=[*command, "-code", str(code)], **more)


def probe(grace: int | None = None) -> Container:
    found: Container = {
        **run("sh", "-c", f"test ! -e {FAIL}"),
        "periodSeconds": 1,
        "failureThreshold": 1,
        "timeoutSeconds": 20,
    }
    return found if grace is None else {**found, GRACE: grace}


def starting(grace: int | None = None) -> Container:
    found: Container = {**run("false"), "initialDelaySeconds": 5, "failureThreshold": 1}
    return found if grace is None else {**found, GRACE: grace}


LOOP = "i=0; while [ $i -lt 3 ]; do sleep 1; i=$((i+1)); done"
NEVER = {"restartPolicy": "Never"}
RESTART_ALL = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}]

HOOKS: dict[str, Case] = {
    "no-hook": Case(4, (app(),)),
    "no-hook-drains": Case(8, (app(drain=2),)),
    "no-hook-exits": Case(8, (app(drain=0),)),
    "exec-sleep": Case(8, (app(run("sleep", "3")),)),
    "exec-sleep-drains": Case(10, (app(run("sleep", "3"), drain=2),)),
    "exec-sleep-equal": Case(5, (app(run("sleep", "5")),)),
    "exec-sleep-too-long": Case(4, (app(run("sleep", "15")),)),
    "exec-sleep-fraction": Case(6, (app(run("sleep", "1.5")),)),
    "exec-sleep-absolute": Case(6, (app(run("/bin/sleep", "2")),)),
    "exec-shell": Case(7, (app(shell("echo draining; sleep 2; sleep 1")),)),
    "exec-shell-loop": Case(8, (app(shell(LOOP)),)),
    "exec-shell-for": Case(8, (app(shell("for i in 1 2 3; do sleep 1; done")),)),
    "exec-shell-variable": Case(7, (app(shell('WAIT=3; sleep "$WAIT"')),)),
    "exec-shell-and": Case(7, (app(shell("true && sleep 2 && sleep 1")),)),
    "exec-shell-or": Case(7, (app(shell("false || sleep 3")),)),
    "exec-shell-subshell": Case(7, (app(shell("(sleep 1; sleep 1)")),)),
    "exec-shell-wait": Case(8, (app(shell("sleep 2 & sleep 1; wait")),)),
    "exec-shell-endless": Case(4, (app(shell("while true; do sleep 1; done")),)),
    "exec-background": Case(6, (app(shell("sleep 3 & exit 0")),)),
    "exec-background-closed": Case(6, (app(shell("sleep 3 >/dev/null 2>&1 & exit 0")),)),
    "exec-fails": Case(4, (app(run("false")),)),
    "exec-fails-late": Case(6, (app(shell("sleep 2; exit 1")),)),
    "exec-not-there": Case(4, (app(run("/bin/absent")),)),
    "exec-stops-app": Case(10, (app(shell("sleep 1; kill -TERM 1; sleep 4"), drain=0),)),
    "exec-signals-app": Case(8, (app(shell("kill -TERM 1; sleep 2")),)),
    "native-sleep": Case(8, (app(sleep(3)),)),
    "native-sleep-drains": Case(9, (app(sleep(2), drain=3),)),
    "native-sleep-zero": Case(4, (app(sleep(0)),)),
    "native-sleep-one-less": Case(5, (app(sleep(4)),)),
    "native-sleep-equal": Case(5, (app(sleep(5)),)),
    "http-no-server": Case(4, (app({"httpGet": {"port": 21_999, "host": "127.0.0.1"}}),)),
    "http-slow": Case(
        6,
        (
            app(
                {"httpGet": {"port": 21_251, "host": "127.0.0.1"}},
                command=["/bin/witness", "-ignore", "-serve", "127.0.0.1:21251"],
            ),
        ),
    ),
    "tcp": Case(4, (app({"tcpSocket": {"port": 21_250}}),)),
    "shell-in-front": Case(4, (app(command=["sh", "-c", "/bin/witness -ignore; true"]),)),
}
GRACES: dict[str, Case] = {
    "grace-0": Case(0, (app(),)),
    "grace-0-hook": Case(0, (app(run("sleep", "5")),)),
    "grace-1": Case(1, (app(),)),
    "grace-1-hook": Case(1, (app(run("sleep", "5")),)),
    "grace-2": Case(2, (app(),)),
    "grace-2-hook": Case(2, (app(run("sleep", "1")),)),
    "grace-3-hook": Case(3, (app(run("sleep", "2")),)),
    "grace-negative": Case(-5, (app(),)),
}
SEVERAL: dict[str, Case] = {
    "two": Case(6, (app(run("sleep", "2")), app(name="other"))),
    "two-drain": Case(9, (app(sleep(3), drain=1), app(name="other", drain=4))),
    "three": Case(7, (app(sleep(1)), app(name="other", drain=2), app(name="third", drain=0))),
    "sidecar": Case(8, (app(drain=2),), (side(drain=1),)),
    "sidecar-ignores": Case(6, (app(drain=1),), (side(),)),
    "sidecar-hook": Case(9, (app(sleep(2), drain=1),), (side(sleep(1), drain=1),)),
    "sidecar-hook-longer": Case(9, (app(drain=1),), (side(run("sleep", "4"), drain=1),)),
    "sidecar-hook-too-long": Case(5, (app(drain=1),), (side(run("sleep", "15")),)),
    "sidecar-main-takes-all": Case(4, (app(),), (side(),)),
    "sidecar-chain": Case(
        10,
        (app(drain=2),),
        (side(drain=1), side(name="second", drain=1), side(name="third", drain=1)),
    ),
    "sidecar-chain-ignores": Case(6, (app(drain=1),), (side(), side(name="second"))),
    "sidecar-chain-hooks": Case(
        10,
        (app(sleep(1), drain=1),),
        (side(sleep(2), drain=0), side(sleep(1), name="second", drain=1)),
    ),
}
SIGNALLED: dict[str, Case] = {
    f"image-{signal.lower()}": Case(5, (app(sleep(1), image=image),))
    for image, signal in SIGNALS.items()
}
POST_START: dict[str, Case] = {
    "post-start-done": Case(
        5, (app(lifecycle={"postStart": run("true"), "preStop": run("sleep", "2")}),)
    ),
    "post-start-running": Case(
        4, (app(lifecycle={"postStart": run("sleep", "15"), "preStop": sleep(1)}),)
    ),
    "post-start-running-drains": Case(
        6, (app(drain=1, lifecycle={"postStart": run("sleep", "12")}),)
    ),
}
TRIGGERED: dict[str, Case] = {
    "liveness-pod": Case(4, (app(run("sleep", "1"), livenessProbe=probe()),), (), "liveness"),
    "liveness-probe": Case(10, (app(run("sleep", "1"), livenessProbe=probe(3)),), (), "liveness"),
    "liveness-longer": Case(2, (app(run("sleep", "3"), livenessProbe=probe(6)),), (), "liveness"),
    "liveness-zero": Case(0, (app(run("sleep", "5"), livenessProbe=probe()),), (), "liveness"),
    "liveness-drains": Case(8, (app(sleep(1), drain=2, livenessProbe=probe(5)),), (), "liveness"),
    "startup-pod": Case(4, (app(run("sleep", "1"), startupProbe=starting()),), (), "startup"),
    "startup-probe": Case(9, (app(run("sleep", "1"), startupProbe=starting(3)),), (), "startup"),
    "post-start-fails": Case(
        4, (app(lifecycle={"postStart": shell("sleep 5; exit 1")}),), (), "post-start"
    ),
    "deadline": Case(
        6, (app(run("sleep", "2")),), (), "deadline", {"activeDeadlineSeconds": 20, **NEVER}
    ),
    "completion": Case(6, (exits(15),), (side(run("sleep", "2")),), "completion", NEVER),
    "completion-drains": Case(8, (exits(15),), (side(sleep(1), drain=2),), "completion", NEVER),
    "completion-chain": Case(
        6, (exits(15),), (side(drain=1), side(name="second", drain=1)), "completion", NEVER
    ),
    "restart-all": Case(
        5,
        (
            exits(15, 42, restartPolicy="Never", restartPolicyRules=RESTART_ALL),
            app(run("sleep", "3"), name="other"),
        ),
        (),
        "restart-all",
    ),
}
CASES = {**HOOKS, **GRACES, **SEVERAL, **SIGNALLED, **POST_START, **TRIGGERED}


def pod(name: str, case: Case, witnesses: str) -> dict[str, Any]:
    """Return the manifest of a case, whose containers write below a folder of the node."""
    log = {"path": f"{witnesses}/{name}", "type": "DirectoryOrCreate"}
    spec: dict[str, Any] = {
        "hostNetwork": True,
        "automountServiceAccountToken": False,
        "volumes": [{"name": "log", "hostPath": log}],
        "containers": [*case.containers],
        **case.spec,
    }
    if case.grace is not None:
        spec[GRACE] = case.grace
    if case.sidecars:
        spec["initContainers"] = [*case.sidecars]
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
