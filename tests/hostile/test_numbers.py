"""Numbers of any length, in any digits, crash nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from textwrap import indent

import pytest

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.shutdown.programs.known import KNOWN
from tests.command import k8slint, make
from tests.manifests import pod
from tests.tiers import long_where

# Python reads no integer of more than 4,300 digits, a float of 310 is infinite, and `²` is a digit
# that is no number.
NUMBERS = {
    "long": "9" * 5000,
    "infinite": "9" * 400,
    "beyond int64": "9" * 20,
    "superscript": "²",
    "Arabic": "٣",
    "circled": "①",
    "exponent": "9e999",
    "small": "0." + "0" * 400 + "1",
}


def deployment(spec: str) -> str:
    return (
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec:\n"
        f"  {spec}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n"
        "    spec: {containers: [{name: app, image: 'example.com/web:1'}]}\n"
    )


BUDGET = (
    "---\nkind: PodDisruptionBudget\napiVersion: policy/v1\n"
    "spec: {{{}, selector: {{matchLabels: {{app: web}}}}}}\n"
)
SCALER = (
    "---\nkind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\n"
    "spec: {{{}, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}}}\n"
)
SERVICE = (
    "---\nkind: Service\napiVersion: v1\nmetadata: {{name: web}}\n"
    "spec: {{selector: {{app: web}}, type: LoadBalancer, ports: [{{{}}}]}}\n"
)
NODE_POOL = (
    "kind: NodePool\napiVersion: karpenter.sh/v1\n"
    "spec: {template: {spec: {terminationGracePeriod: @s, expireAfter: '@'}}}\n---\n"
)
IMAGES = sorted(
    {image for program in KNOWN for image in program.images} | {"nginx", "istio/proxyv2"}
)
TAGS = ("@", "v1.@", "1.2.@-alpine")
ANNOTATIONS = (
    *("proxy.istio.io/config", "config.linkerd.io/shutdown-grace-period"),
    *(
        "config.alpha.linkerd.io/proxy-wait-before-exit-seconds",
        "dapr.io/graceful-shutdown-seconds",
    ),
    *("dapr.io/block-shutdown-duration", "kubernetes.io/ingress.class"),
)

# Shell code, with a number in it.
SCRIPTS = (
    *("shift @", "set -- a b; shift @", "for a in b; do break @; done", "exit @", "sleep @"),
    *("for a in b; do continue @; done", "sleep 1 & wait @", "kill -@ 1", "kill @", "kill -s @ 1"),
    *("[ @ -lt 5 ] && sleep 9", "test 5 -eq @ || sleep 9", "echo ${@}", "echo $@", "read -t @ a"),
    *("sleep $((@))", "sleep $((@ + @))", "sleep $((1 << @))", "sleep $((0x@))", "i=@; sleep $i"),
    *("for i in $(seq @); do sleep 1; done", "for i in $(seq 1 @ 9); do sleep 1; done"),
    *(
        "usleep @",
        "timeout @ sleep 9",
        "timeout -k @ 3 sleep 9",
        "sleep @s",
        "sleep @d",
        "sleep .@",
    ),
    *(
        "curl -m @ http://a/",
        "curl -m 1 --retry @ http://a/",
        "curl -m 1 --retry-delay @ http://a/",
    ),
    *("wget -T @ -t 1 http://a/", "nc -w @ a 1", "ping -c @ a", "ping -c 3 -i @ a", "ping -w @ a"),
    *(
        "nginx -s quit; sleep @",
        "sleep 5 @>a",
        "exec @>&1; sleep @",
        "i=0; while [ $i -lt @ ]; do",
    ),
    *(
        "i=@; while [ $i -gt 0 ]; do i=$((i-1)); sleep 1; done",
        "until [ $i -ge @ ]; do sleep @; done",
    ),
    *("i=0; while [ $i -lt @ ]; do i=$((i+1)); sleep @; done", "trap 'sleep @' @; sleep 1"),
    *("a() { return @; }; a; sleep $?", "a=x; echo ${a:@} ${a:0:@}", "printf %@s; sleep 1"),
    *("watch -n @ true", "xargs -n @ sleep", "nice -n @ sleep 1", "flock -w @ a sleep 1"),
)
# Other commands.
COMMANDS = (
    ["sleep", "@"],
    ["python", "-c", "import time; time.sleep(@)"],
    ["perl", "-e", "sleep(@)"],
    ["node", "-e", "setTimeout(() => {}, @)"],
    ["powershell", "Start-Sleep @"],
    ["powershell", "Start-Sleep -Milliseconds @"],
    ["cmd", "/c", "ping -n @ localhost"],
    ["cmd", "/c", "timeout /t @"],
    ["timeout", "/t", "@"],
    ["ping", "-n", "@", "localhost"],
    ["tini", "-p", "@", "--", "sleep", "@"],
    ["timeout", "@", "sleep", "@"],
    ["usleep", "@"],
)


# Objects and parts of a pod.
OBJECTS = (
    pod(spec=f"{GRACE_KEY}: @\n"),
    pod(spec=f"{GRACE_KEY}: '@'\n"),
    deployment("replicas: @"),
    deployment("replicas: '@'"),
    deployment("minReadySeconds: @"),
    deployment("strategy: {rollingUpdate: {maxUnavailable: @, maxSurge: '@%'}}"),
    deployment("") + BUDGET.format("minAvailable: @"),
    deployment("") + BUDGET.format("minAvailable: '@'"),
    deployment("") + BUDGET.format("minAvailable: '@%'"),
    deployment("") + BUDGET.format("maxUnavailable: '@%'"),
    deployment("") + SCALER.format("minReplicas: @, maxReplicas: @"),
    deployment("") + SERVICE.format("port: @, targetPort: @"),
    deployment("") + SERVICE.format("port: 80, targetPort: '@'"),
    deployment("") + SERVICE.format("port: 80, nodePort: @"),
    *(
        deployment("").replace(
            "{name: app, image: 'example.com/web:1'}",
            ", ".join(f"{{name: c{n}, image: '{image}:{tag}'}}" for n, image in enumerate(IMAGES)),
        )
        for tag in TAGS
    ),
    *(
        deployment("").replace("metadata: {", f"metadata: {{annotations: {{{name}: '{value}'}}, ")
        for name in ANNOTATIONS
        for value in ("@", "@s", "@%", '{"terminationDrainDuration": "@s"}')
    ),
    NODE_POOL + deployment(""),
    deployment("").replace(
        "name: app",
        "name: app, livenessProbe: {periodSeconds: @, "
        "failureThreshold: @, terminationGracePeriodSeconds: @, httpGet: {port: @}}",
    ),
    deployment("").replace("name: app", "name: app, ports: [{containerPort: @, hostPort: @}]"),
    "# k8slint: ignore[GS@01, until=@] x\n" + deployment(""),
    deployment("").replace(
        "metadata: {", "metadata: {annotations: {k8slint/ignore: 'GS@, until=@-01-01'}, "
    ),
)


def hooks() -> Iterator[str]:
    for command in (*(["sh", "-c", script] for script in SCRIPTS), *COMMANDS):
        yield f"lifecycle: {{preStop: {{exec: {{command: {json.dumps(command)}}}}}}}"
    yield 'lifecycle: {preStop: {sleep: {seconds: "@"}}}'
    yield "lifecycle: {preStop: {sleep: {seconds: @}}}"


def settings() -> Iterator[str]:
    """Each program with each of its settings."""
    for program in KNOWN:
        words = [[one] for one in program.commands[:1]] or [["x"]]
        for knob in program.knobs:
            for flag in knob.flags:
                name = flag.replace("*", "web")
                key = f"{knob.key}=" if knob.key else ""
                yield f"command: {json.dumps([*words[0], name, f'{key}@'])}"
                yield f"command: {json.dumps([*words[0], f'{name}={key}@'])}"
            for variable in knob.env:
                env = json.dumps([{"name": variable, "value": "@"}])
                yield f"command: {json.dumps(words[0])}\nenv: {env}"


def in_pods(containers: Iterable[str]) -> Iterator[str]:
    """Pods of ten containers, which cost little more than one of one."""
    rest = iter(containers)
    while some := [*islice(rest, 10)]:
        app, *others = some
        yield pod(app=f"{app}\n") + "".join(
            f"  - name: c{n}\n    image: example.com/web:1\n{indent(fields, '    ')}\n"
            for n, fields in enumerate(others)
        )


def examples() -> Iterator[str]:
    yield from OBJECTS
    yield from in_pods(hooks())
    yield from in_pods(settings())


CHECK = "check --isolated --select ALL --preview -j1 ."
CALLS = {
    "check": CHECK,
    "repair": f"{CHECK} --diff --unsafe-fixes",
    "draw": "timeline --isolated --output-format=text --output-format=svg=drawn.svg .",
}
# What `int` refuses, what it makes of an infinite float, and what `isdigit` is true of.
QUICK = {("long", "repair"), ("infinite", "draw")}


@pytest.mark.parametrize(
    ("name", "call"), long_where(lambda name, call: (name, call) not in QUICK, NUMBERS, CALLS)
)
def test_no_number_crashes_a_run(tmp_path: Path, name: str, call: str) -> None:
    number = NUMBERS[name]
    texts = dict(enumerate(examples()))
    make(tmp_path, {f"{index}.yaml": text.replace("@", number) for index, text in texts.items()})
    ran = k8slint(tmp_path, *CALLS[call].split())
    bad = [line[:200] for line in ran.err.splitlines() if "bug" in line or "Traceback" in line]
    crashed = {line: texts[int(line.partition(".")[0])] for line in bad if line[0].isdigit()}
    assert not bad, crashed or bad
    assert ran.code in (0, 1)


ENTRY = '"path": "", "code": "", "resource": "", "pointer": ""'
SETTINGS = {
    ".k8slint.yaml": (
        *(
            "rules: {GS101: {margin: @}}",
            "render-timeout: @",
            "kubernetes-version: @",
            "select: [GS@]",
        ),
        *("kubernetes-version: '1.@'", "programs: [{name: a, command: a, default: @}]"),
        *("programs: [{name: a, command: a, flag: --a, date: @-01-01}]", "fail-on: @", "@: @"),
    ),
    "pyproject.toml": (
        "[tool.k8slint]\nrender-timeout = @",
        "[tool.k8slint.rules.GS101]\nmargin = @",
    ),
    ".k8slint-baseline.json": (
        '{"version": @, "entries": []}',
        '{"version": 1, "entries": [{' + f'{ENTRY}, "count": @' + "}]}",
    ),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_crashes_what_reads_settings(tmp_path: Path, name: str) -> None:
    for file, texts in SETTINGS.items():
        for number, text in enumerate(texts):
            folder = tmp_path / f"{file}-{number}"
            make(folder, {"a.yaml": pod(), file: text.replace("@", NUMBERS[name])})
            ran = k8slint(folder, "check", ".")
            assert "bug" not in ran.err, (text, ran.err)
            assert len(ran.err) < 2_000, text
            assert ran.code == 2 or not ran.err.startswith("k8slint:"), text
