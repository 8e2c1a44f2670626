"""Whatever is wrong with the hooks of a pod: `--fix` leaves no finding that was not there."""

from __future__ import annotations

from collections import Counter
from random import Random
from textwrap import indent

import pytest

from k8slint.kubernetes.versions import ClusterTarget
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions, Task
from tests.manifests import pod, workload
from tests.tiers import tries

PODS = tries(250)
GRACE = "terminationGracePeriodSeconds"
NUMBERS = (0, 1, 5, 15, 22, 25, 28, 30, 31, 45, 60, 115, 130, 4000)
GRACES = ("0", "2", "5", "10", "20", "30", "31", '"45"', "60", "-1", "060", "130")
HANDLERS = (
    "sleep: {{seconds: {n}}}",
    'sleep: {{seconds: "{n}"}}',
    "sleep: {n}",
    "seconds: {n}",
    "exec: {{sleep: {n}}}",
    "exec: {{command: [sleep, '{n}']}}",
    "exec: {{command: [sleep, {n}s]}}",
    "exec: [sleep, '{n}']",
    "exec: {{command: sleep {n}}}",
    "command: sleep {n}",
    "command: [sleep, '{n}']",
    "exec: {{command: [sh, -c, sleep, '{n}']}}",
    "exec: {{command: [sleep {n}]}}",
    "exec:\n  command: [sh, -c, 'sleep {n} && nginx -s quit']",
    "exec: {{command: 'sleep {n}; kill -QUIT 1'}}",
    "exec: {{command: [nginx, -s, quit]}}",
    "exec: {{command: 'until [ -f /tmp/done ]; do sleep 1; done'}}",
    "exec: {{command: [/drain]}}",
    "httpGet: {{port: 80, host: example.com}}",
    "tcpSocket: {{port: 80}}",
)
COMMANDS = (
    "[gunicorn, app]",
    "[gunicorn, --graceful-timeout, '40', app]",
    "[sidekiq, -t, '25']",
    "[uvicorn, 'a:b']",
    "[sh, -c, 'python x.py']",
    "[pm2-runtime, x.js]",
    "[vllm, serve]",
)
IMAGES = ("example.com/web:1", "gcr.io/distroless/base-debian12", "nginx:1.18", "postgres:16")
KINDS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout")


def hook(random: Random, event: str) -> str:
    handler = random.choice(HANDLERS).format(n=random.choice(NUMBERS))
    return f"{event}:\n{indent(handler, '  ')}\n"


def container(random: Random) -> str:
    """What a container has besides its name and image, hooks in odd places included."""
    lifecycle = random.choice(("lifecycle", "lifecycle", "lifecycle", "lifeCycle"))
    text = random.choice(
        (
            "",
            f"{lifecycle}:\n{indent(hook(random, 'preStop'), '  ')}",
            f"{lifecycle}:\n{indent(hook(random, 'pre_stop'), '  ')}",
            f"lifecycle:\n{indent(hook(random, 'preStop') + hook(random, 'postStart'), '  ')}",
            hook(random, random.choice(("preStop", "preStopHook"))),
        )
    )
    for part, chance in (
        (f"{GRACE}: {random.choice(NUMBERS)}\n", 0.15),
        ("livenessProbe: {httpGet: {port: 80}}\n", 0.15),
        ("ports: [{containerPort: 80}]\n", 0.2),
        (f"command: {random.choice(COMMANDS)}\n", 0.3),
    ):
        text += part if random.random() < chance else ""
    return text


def manifest(random: Random) -> str:
    kind = random.choice(KINDS)
    spec = f"{GRACE}: {random.choice(GRACES)}\n" if random.random() < 0.5 else ""
    if random.random() < 0.15:
        side = "- name: side\n  image: example.com/side:1\n  restartPolicy: Always\n"
        spec += f"initContainers:\n{side}{indent(container(random), '  ')}"
    app = container(random)
    text = pod(spec=spec, app=app) if kind == "Pod" else workload(kind, spec=spec, app=app)
    if random.random() < 0.3:
        other = f"- name: other\n  image: example.com/other:1\n{indent(container(random), '  ')}"
        text += indent(other, "  " if kind == "Pod" else " " * 6)
    return text.replace("example.com/web:1", random.choice(IMAGES))


def settings(random: Random) -> Settings:
    return Settings(
        select=random.choice((("DEFAULT",), ("ALL",), ("GS002",), ("GS003", "GS205"))),
        ignore=random.choice(((), (), ("GS202",))),
        fail_on=random.choice([*Severity]),
        target=ClusterTarget(random.choice((None, (1, 29), (1, 30), (1, 34)))),
    )


def counted(report: FileReport) -> Counter[tuple[str, int | None, str]]:
    def key(one: Diagnostic) -> tuple[str, int | None, str]:
        return one.code, one.pod, one.resource.container if one.resource else ""

    return Counter(map(key, report.diagnoses))


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_nothing_new_and_nothing_twice(unsafe: bool) -> None:
    random = Random("nothing new")
    made = given_up = 0
    for _ in range(PODS):
        text, chosen = manifest(random), settings(random)

        def run(data: bytes, *, repair: bool, chosen: Settings = chosen) -> FileReport:
            return run_bytes(
                data, Task("x.yaml", chosen), RunOptions(fix=repair, unsafe=repair and unsafe)
            )

        before = run(text.encode(), repair=False)
        fixed = run(text.encode(), repair=True)
        assert not fixed.crash
        assert not fixed.failed
        assert fixed.text is not None
        after = run(fixed.text, repair=False)
        assert counted(after) <= counted(before), text
        assert run(fixed.text, repair=True).text == fixed.text, text
        made += fixed.text != text.encode()
        given_up += any("new finding" in one.fix.refused for one in fixed.diagnoses if one.fix)
    assert made > PODS / (3 if unsafe else 10)
    assert given_up < made / 2, "a law that is kept by doing nothing is none"
