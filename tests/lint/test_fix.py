"""What `--fix` repairs, how far it goes, and what it leaves alone and says so."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import pytest

from k8slint.lint import fix
from k8slint.manifest.prove import Unproved, prove
from tests.command import Ran, check, contents, make
from tests.manifests import CLEAN, ERROR, FIXED, INFO, SLEEP_60, WARNING, pod, workload
from tests.tiers import long_where

GRACE = "terminationGracePeriodSeconds"


def hook(seconds: int, event: str = "preStop") -> str:
    return f"lifecycle: {{{event}: {{sleep: {{seconds: {seconds}}}}}}}\n"


def runs(seconds: int) -> str:
    return f"lifecycle: {{preStop: {{exec: {{command: [sleep, '{seconds}']}}}}}}\n"


def fixed(folder: Path, text: str, *arguments: str) -> tuple[str, Ran]:
    make(folder, {"x.yaml": text})
    ran = check(folder, "x.yaml", "--fix", *arguments)
    return (folder / "x.yaml").read_bytes().decode(), ran


def grace_of(text: str) -> int | None:
    found = re.findall(rf"^ *{GRACE}: (\d+)$", text, re.MULTILINE)
    return int(found[0]) if found else None


class Raised(NamedTuple):
    """A manifest, and the grace period `--fix` and `--fix --unsafe-fixes` give it.

    None stands for no change.
    """

    text: str
    safely: int | None
    unsafely: int | None


PROBE = "livenessProbe: {httpGet: {port: 80}}\n"
OWN_PROBE = f"livenessProbe: {{httpGet: {{port: 80}}, {GRACE}: 9}}\n"
PORT = "ports: [{containerPort: 80, hostPort: 80}]\n"
AFFINITY = """\
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
      - matchExpressions:
        - {key: karpenter.sh/capacity-type, operator: In, values: [spot]}
"""


def spot(label: str, value: str) -> str:
    return f'nodeSelector: {{"{label}": "{value}"}}\n'


def pool(spec: str) -> str:
    return (
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: small}\n"
        f"spec: {{template: {{spec: {{{spec}}}}}}}\n---\n"
    )


RAISED = {
    # The worked examples of required grace.
    "sleep 60, drain unknown": Raised(pod(app=hook(60)), 70, 70),
    "exec sleep 60": Raised(pod(app=runs(60)), 70, 70),
    "sleep 28 of 30": Raised(pod(app=hook(28)), 38, 38),
    "sleep 30 of 30": Raised(pod(app=hook(30)), 40, 40),
    "postStart needs its own length": Raised(pod(app=hook(60, "postStart")), 60, 60),
    "postStart 30 of 30": Raised(pod(app=hook(30, "postStart")), None, None),
    "sleep 20 of 30": Raised(pod(app=hook(20)), None, None),
    "a written grace period": Raised(pod(spec=f"{GRACE}: 45\n", app=hook(60)), 70, 70),
    "the slowest container": Raised(
        f"{pod(app=hook(40))}  - name: b\n    image: b\n    {hook(60)}", 70, 70
    ),
    # The caps of what is safe.
    "110 gives 120": Raised(pod(app=hook(110)), 120, 120),
    "111 would give 121": Raised(pod(app=hook(111)), None, 121),
    "a liveness probe, 50": Raised(pod(app=PROBE + hook(50)), 60, 60),
    "a liveness probe, 51": Raised(pod(app=PROBE + hook(51)), None, 61),
    "a startup probe, 51": Raised(
        pod(app=PROBE.replace("liveness", "startup") + hook(51)), None, 61
    ),
    "a readiness probe": Raised(
        pod(app=PROBE.replace("liveness", "readiness") + hook(51)), 61, 61
    ),
    "a probe with its own": Raised(pod(app=OWN_PROBE + hook(51)), 61, 61),
    "Recreate": Raised(
        workload("Deployment", top="strategy: {type: Recreate}\n", app=hook(60)), None, 70
    ),
    "RollingUpdate": Raised(
        workload("Deployment", top="strategy: {type: RollingUpdate}\n", app=hook(60)), 70, 70
    ),
    "a host port": Raised(pod(app=PORT + hook(60)), None, 70),
    "GKE Spot": Raised(
        pod(spec=spot("cloud.google.com/gke-spot", "true"), app=hook(60)), None, 70
    ),
    "Azure Spot": Raised(
        pod(spec=spot("kubernetes.azure.com/scalesetpriority", "spot"), app=hook(60)), None, 70
    ),
    "EC2 Spot": Raised(pod(spec=spot("karpenter.sh/capacity-type", "spot"), app=hook(60)), 70, 70),
    "EC2 Spot, past its notice": Raised(
        pod(spec=spot("karpenter.sh/capacity-type", "spot"), app=hook(115)), None, 125
    ),
    "EC2 Spot by affinity": Raised(pod(spec=AFFINITY, app=hook(115)), None, 125),
    # Not with --unsafe-fixes either: GS603 would be new.
    "a NodePool": Raised(pool("terminationGracePeriod: 1m") + pod(app=hook(60)), None, None),
    "a patient NodePool": Raised(pool("terminationGracePeriod: 70s") + pod(app=hook(60)), 70, 70),
    "a NodePool that waits for ever": Raised(pool("taints: []") + pod(app=hook(60)), 70, 70),
    "a NodePool for others": Raised(
        pool("terminationGracePeriod: 1m, taints: [{key: batch, effect: NoSchedule}]")
        + pod(app=hook(60)),
        70,
        70,
    ),
    "another selector": Raised(pod(spec=spot("disk", "ssd"), app=hook(60)), 70, 70),
    "StatefulSet": Raised(workload("StatefulSet", app=hook(60)), 70, 70),
    "DaemonSet": Raised(workload("DaemonSet", app=hook(60)), 70, 70),
    "Job": Raised(workload("Job", app=hook(60)), 70, 70),
    "Rollout": Raised(workload("Rollout", app=hook(60)), 70, 70),
    # Nothing is raised part of the way, nor where the need is unknown.
    "only the full raise": Raised(pod(spec=f"{GRACE}: 110\n", app=hook(115)), None, 125),
    "a template decides": Raised(pod(spec=f'{GRACE}: "{{{{ .x }}}}"\n', app=hook(60)), None, None),
    "a hook that is not known": Raised(
        pod(app="lifecycle: {preStop: {exec: {command: [/drain]}}}\n"), None, None
    ),
    "a patch": Raised(
        "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n"
        "        " + hook(60),
        None,
        None,
    ),
    # The key of a pod without one that stands where it is not read.
    "moved": Raised(pod(app=f"{GRACE}: 60\n"), 60, 60),
    "moved, at the default": Raised(pod(app=f"{GRACE}: 30\n"), 30, 30),
    "moved, less than the default": Raised(pod(app=f"{GRACE}: 20\n"), None, 20),
    "moved, past the cap": Raised(pod(app=f"{GRACE}: 130\n"), None, 130),
    "moved, past the cap of a probe": Raised(pod(app=f"{PROBE}{GRACE}: 61\n"), None, 61),
    "moved and raised": Raised(pod(app=f"{GRACE}: 40\n{hook(60)}"), 70, 70),
    # Another spelling of the same number.
    "quoted": Raised(pod(spec=f'{GRACE}: "60"\n'), 60, 60),
    "quoted, less than the default": Raised(pod(spec=f'{GRACE}: "20"\n'), None, 20),
    "octal": Raised(pod(spec=f"{GRACE}: 060\n"), 48, 48),
    "a float": Raised(pod(spec=f"{GRACE}: 60.0\n"), None, None),
    "quoted with leading zero": Raised(pod(spec=f'{GRACE}: "060"\n'), None, None),
}


def is_raised_all_the_same(name: str, unsafe: bool) -> bool:
    return unsafe and RAISED[name].safely == RAISED[name].unsafely


@pytest.mark.parametrize(
    ("name", "unsafe"), long_where(is_raised_all_the_same, RAISED, (False, True))
)
def test_how_far_the_grace_period_is_raised(tmp_path: Path, name: str, unsafe: bool) -> None:
    text, safely, unsafely = RAISED[name]
    arguments = ["--select", "GS0,GS1", "--unsafe-fixes"] if unsafe else ["--select", "GS0,GS1"]
    expected = unsafely if unsafe else safely
    after, ran = fixed(tmp_path, text, "--fail-on", "info", *arguments)
    if expected is None:
        assert after == text
    else:
        assert grace_of(after) == expected
    assert (ran.code == 0) == (not ran.text)
    again, second = fixed(tmp_path, after, "--fail-on", "info", *arguments)
    assert again == after
    assert second.text == ran.text


NOTES = {
    "StatefulSet": "(a StatefulSet can then wait 40 s longer for each pod)",
    "DaemonSet": "(a DaemonSet can then wait 40 s longer for each pod)",
    "Recreate": "a Recreate Deployment has no pod while the old ones stop",
    "a host port": "the host port stays in use",
    "GKE Spot": "GKE Spot gives only 25 s of notice",
    "a NodePool": "NodePool small terminates its pods after 60 s",
    "111 would give 121": "a hung pod could linger for 121 s, more than 120 s",
    "a liveness probe, 51": "after a failed livenessProbe, app could hang for 61 s before",
    "moved, less than the default": "the pod now has the default of 30 s",
}


@pytest.mark.parametrize("name", NOTES)
def test_the_help_says_what_it_costs(tmp_path: Path, name: str) -> None:
    make(tmp_path, {"x.yaml": RAISED[name].text})
    (line,) = re.findall(
        r"= help: (.*)", check(tmp_path, "--select", "GS0", "--output-format", "full").text
    )
    assert NOTES[name] in line
    assert ("--unsafe-fixes" in line) == (RAISED[name].safely is None)


JOINT = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/app:1
    # Carts take a while.
    terminationGracePeriodSeconds: 45  # seconds
    lifecycle:
      preStop:
        exec:
          command: ["sleep", "50"]  # the balancer
  - name: proxy
    image: example.com/proxy:1
    lifecycle:
      preStop:
        sleep:
          seconds: "60"
"""
JOINT_FIXED = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/app:1
    lifecycle:
      preStop:
        sleep:
          seconds: 50  # the balancer
  - name: proxy
    image: example.com/proxy:1
    lifecycle:
      preStop:
        sleep:
          seconds: 60
  # Carts take a while.
  terminationGracePeriodSeconds: 70  # seconds
"""


def test_one_joint_repair(tmp_path: Path) -> None:
    """Five rules about one pod; no state in between would be taken by the API server."""
    options = ("--kubernetes-version", "1.34", "--unsafe-fixes", "--fail-on", "info")
    make(tmp_path, {"x.yaml": JOINT})
    codes = {place.split()[1] for place in check(tmp_path, *options[:2]).places}
    assert codes == {"GS001", "GS002", "GS004", "GS101", "GS202"}
    after, ran = fixed(tmp_path, JOINT, *options)
    assert after == JOINT_FIXED
    assert (ran.code, ran.text) == (0, "")


# Two repairs of one mapping: the key moves out of the container, another is renamed in it.
CONFLICT = pod(app=f"lifeCycle: {{preStop: {{httpGet: {{port: 80}}}}}}\n{GRACE}: 60\n")
SETTLED = (
    pod(app="lifecycle: {preStop: {httpGet: {port: 80}}}\n")
    + "  terminationGracePeriodSeconds: 60\n"
)


def test_a_repair_that_conflicts_waits_for_the_next_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after, ran = fixed(tmp_path, CONFLICT, "--unsafe-fixes")
    assert (after, ran.code) == (SETTLED, 0)
    monkeypatch.setattr(fix, "MAX_ROUNDS", 1)
    once, ran = fixed(tmp_path, CONFLICT, "--unsafe-fixes")
    assert once not in (CONFLICT, SETTLED)
    assert ran.code == 1
    assert len(ran.places) == 1, "what no round was left for is reported"
    assert f"x.yaml:{once[: once.index('lifeCycle')].count(chr(10)) + 1} GS002" in ran.places


# Which findings are repaired: options, a manifest, whether it changes.
CHOSEN = {
    "an error": ("", ERROR, True),
    "an error, by another rule": ("--select GS202", ERROR, False),
    "an error, ignored": ("--ignore GS0,GS1", ERROR, False),
    "an info": ("", INFO, False),
    "an info with its threshold": ("--fail-on info", INFO, True),
    "an info by code": ("--select GS104", INFO, True),
    "an info by name": ("--select short-drain-window", INFO, True),
    "an info by prefix": ("--select GS1", INFO, True),
    "an info on top": ("--extend-select GS104", INFO, True),
    "an info among all": ("--select ALL", INFO, False),
    "an info among the defaults": ("--select DEFAULT", INFO, False),
    "an info, ignored": ("--fail-on info --ignore GS104", INFO, False),
    "a warning, unsafe": ("", WARNING, False),
    "a warning, allowed": ("--unsafe-fixes", WARNING, True),
    "a warning below the threshold": ("--unsafe-fixes --fail-on error", WARNING, False),
    "a warning by code": ("--unsafe-fixes --fail-on error --select GS106", WARNING, True),
    "unsafe includes safe": ("--unsafe-fixes", ERROR, True),
    "the native sleep": ("--select GS202", pod(app=runs(5)), False),
    "the native sleep of a known version": (
        "--select GS202 --kubernetes-version 1.30",
        pod(app=runs(5)),
        True,
    ),
    "the native sleep of a custom resource": (
        "--select GS202 --kubernetes-version 1.30",
        workload("Rollout", app=runs(5)),
        False,
    ),
    "the native sleep of an old version": (
        "--select GS202 --kubernetes-version 1.29 --unsafe-fixes",
        pod(app=runs(5)),
        False,
    ),
    "nothing to find": ("--unsafe-fixes --fail-on info", CLEAN, False),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_which_findings_are_repaired(tmp_path: Path, name: str) -> None:
    options, text, changes = CHOSEN[name]
    after, ran = fixed(tmp_path, text, *options.split())
    assert (after != text) == changes
    make(tmp_path, {"x.yaml": text})
    marks = (
        " [*]" in check(tmp_path, "x.yaml", *options.replace("--unsafe-fixes", "").split()).text
    )
    assert marks <= changes, "what is marked is what is fixed"
    assert ("1 fixed" in ran.err) == changes


def test_the_result_has_no_finding_that_was_not_there(tmp_path: Path) -> None:
    """The hook would come to life and be one that the API server refuses (V6)."""
    text = pod(app="lifecycle: {preStop: {sleep: 0}}\n")
    options = ("--unsafe-fixes", "--kubernetes-version", "1.32")
    for selected in ((), ("--select", "GS003")):
        after, ran = fixed(tmp_path, text, *options, *selected)
        assert after == text
        assert ran.code == 1
        assert "x.yaml:9: GS003 not fixed: the result would have a new finding, GS005" in ran.err
    assert fixed(tmp_path, text, "--unsafe-fixes")[1].code == 0


def pre_stop(handler: str) -> str:
    return f"lifecycle:\n  preStop:\n{indent(handler, '    ')}\n"


NATIVE_28 = pre_stop("sleep:\n  seconds: 28")
RAISED_TO_38 = f"  {GRACE}: 38\n"
ROLLOUT_5 = pre_stop('exec:\n  command: ["sleep", "5"]')

# A hook that a repair brings to life: options, before, after. It comes in its best shape and with
# the grace period it needs, at once.
ALIVE = {
    "a command as text": ("", pod(app=pre_stop("exec:\n  command: sleep 28")), NATIVE_28),
    "a command as exec": ("", pod(app=pre_stop('exec: ["sleep", "28"]')), NATIVE_28),
    "a command without exec": ("", pod(app=pre_stop("command: sleep 28")), NATIVE_28),
    "a number": ("", pod(app=pre_stop("sleep: 28")), NATIVE_28),
    "a number inside exec": ("", pod(app=pre_stop("exec:\n  sleep: 28")), NATIVE_28),
    "one argument": ("", pod(app=pre_stop('exec:\n  command: ["sleep 28"]')), NATIVE_28),
    "a script without its operand": (
        "",
        pod(app=pre_stop('exec:\n  command: ["sh", "-c", "sleep", "28"]')),
        NATIVE_28,
    ),
    "a hook on the container": (
        "--kubernetes-version 1.34",
        pod(app='preStop:\n  exec:\n    command: ["sleep", "28"]\n'),
        NATIVE_28,
    ),
    "a misspelt lifecycle": (
        "--kubernetes-version 1.34",
        pod(app=pre_stop('exec:\n  command: ["sleep", "28"]').replace("life", "Life")),
        NATIVE_28,
    ),
    "one rule alone": ("--select GS205", pod(app=pre_stop("exec: {command: [sleep 28]}")), None),
    "an old server": (
        "--kubernetes-version 1.29",
        pod(app=pre_stop('exec: ["sleep", "28"]')),
        pre_stop('exec:\n  command: ["sleep", "28"]'),
    ),
    "advice that is ignored": (
        "--kubernetes-version 1.34 --ignore GS202",
        pod(app='preStop:\n  exec:\n    command: ["sleep", "28"]\n'),
        pre_stop('exec:\n  command: ["sleep", "28"]'),
    ),
}


@pytest.mark.parametrize("name", ALIVE)
def test_a_hook_comes_to_life_in_its_best_shape(tmp_path: Path, name: str) -> None:
    options, text, app = ALIVE[name]
    after, ran = fixed(tmp_path, text, "--unsafe-fixes", *options.split())
    expected = pod(app=app or pre_stop("sleep: {seconds: 28}")) + RAISED_TO_38
    assert after == expected
    assert not ran.text


def test_a_custom_resource_keeps_the_exec_form(tmp_path: Path) -> None:
    """Its schema may not know the native sleep; the advice was there before."""
    text = workload("Rollout", app=pre_stop('exec: ["sleep", "5"]'))
    after, ran = fixed(tmp_path, text, "--unsafe-fixes", "--kubernetes-version", "1.34")
    assert after == workload("Rollout", app=ROLLOUT_5)
    assert [place.split()[1] for place in ran.places] == ["GS202"]


def test_a_zero_grace_period_makes_room_for_the_hook(tmp_path: Path) -> None:
    text = pod(spec=f"{GRACE}: 0\n", app=NATIVE_28)
    after, _ = fixed(tmp_path, text, "--unsafe-fixes")
    assert after == pod(spec=f"{GRACE}: 38\n", app=NATIVE_28)


def test_the_repair_that_is_to_blame_is_left_out_alone(tmp_path: Path) -> None:
    """A hook that returns at once would come to life; the other one is another matter."""
    text = pod(app=f"preStop: {{exec: {{command: [nginx, -s, quit]}}}}\n{hook(60, 'postStart')}")
    after, ran = fixed(tmp_path, text, "--unsafe-fixes")
    assert after == f"{text}  {GRACE}: 60\n"
    assert "not fixed: the result would have a new finding, GS203" in ran.err


def test_one_pod_left_out_does_not_keep_another_from_its_repair(tmp_path: Path) -> None:
    bad = pod(app="lifecycle: {preStop: {sleep: 0}}\n").replace("name: web", "name: other")
    options = ("--unsafe-fixes", "--kubernetes-version", "1.32")
    after, ran = fixed(tmp_path, f"{bad}---\n{ERROR}", *options)
    assert after == f"{bad}---\n{FIXED}"
    assert ran.places == ["x.yaml:9 GS003"]


@pytest.fixture
def unprovable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No change of a document that says so can be proved."""

    def refuse(document: object, *changes: object) -> str:
        if "unprovable" in document.text:  # type: ignore[attr-defined]
            raise Unproved("the result does not say what was intended")
        return prove(document, *changes)  # type: ignore[arg-type]

    monkeypatch.setattr(fix, "prove", refuse)


@pytest.mark.usefixtures("unprovable")
@pytest.mark.parametrize("arguments", ["--fix", "--diff"])
def test_a_failed_proof_leaves_the_file_alone(tmp_path: Path, arguments: str) -> None:
    text = f"{ERROR}---\n# unprovable\n{ERROR}"
    make(tmp_path, {"bad.yaml": text, "good.yaml": ERROR})
    ran = check(tmp_path, arguments, "-q")
    assert ran.code == 2
    assert ran.err == (
        "bad.yaml: a fix failed its own check; the file was not changed: GS001 "
        "(sleep-exceeds-grace-period): the result does not say what was intended; this is a bug, "
        "please report it: https://github.com/k8slint/k8slint/issues\n"
    )
    assert (tmp_path / "bad.yaml").read_text() == text
    if arguments == "--fix":
        assert (tmp_path / "good.yaml").read_text() == FIXED
        assert ran.places == ["bad.yaml:12 GS001", "bad.yaml:26 GS001"]
    else:
        assert "bad.yaml" not in ran.text
        assert "+++ good.yaml" in ran.text


@pytest.mark.usefixtures("unprovable")
def test_a_failed_proof_gives_standard_input_back(tmp_path: Path) -> None:
    text = f"# unprovable\n{ERROR}"
    ran = check(tmp_path, "-", "--fix", stdin=text.encode())
    assert (ran.code, ran.text) == (2, text)


# What is not changed for certain, and the reason that is given.
REFUSED = {
    "a number that is shared": (
        pod(spec=f'{GRACE}: &grace "60"\npriority: *grace\n'),
        "line 6",
    ),
    "a container that is shared": (
        (
            "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - &app\n    name: app\n"
            "    image: app\n    lifecycle: {preStop: {sleep: 5}}\n  - *app\n"
        ),
        "line 5",
    ),
    "line breaks of another kind": (f"# a\u2028# b\n{ERROR}", "line breaks"),
    "a tag": (pod(spec=f'{GRACE}: !!str "60"\n'), "tag"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(tmp_path: Path, name: str) -> None:
    text, reason = REFUSED[name]
    after, ran = fixed(tmp_path, text, "--unsafe-fixes")
    assert after == text
    assert ran.code == 1
    (line, *_) = [line for line in ran.err.splitlines() if "not fixed: " in line]
    assert re.match(r"x\.yaml:\d+: GS\d\d\d not fixed: ", line)
    assert reason in line
    assert "[*]" not in check(tmp_path, "x.yaml").text


def listed(*items: str) -> str:
    """A List of objects."""
    lines = ["apiVersion: v1", "kind: List", "items:"]
    for item in items:
        first, *rest = item.splitlines()
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def test_every_pod_of_a_list(tmp_path: Path) -> None:
    names = [f"web-{number}" for number in range(30)]
    before = listed(CLEAN, *(ERROR.replace("name: web", f"name: {name}") for name in names))
    after, ran = fixed(tmp_path, before)
    assert after == listed(CLEAN, *(FIXED.replace("name: web", f"name: {name}") for name in names))
    assert "30 fixed" in ran.err


@pytest.mark.parametrize("between", ["...\n---\n", "---\n"])
@pytest.mark.parametrize("head", ["%YAML 1.2\n---\n", ""])
def test_every_document_of_one_text(tmp_path: Path, head: str, between: str) -> None:
    """Those that a directive or `...` keeps together are repaired and proved together."""
    named = [pod(name=name, app=SLEEP_60) for name in ("a", "b", "c")]
    text, _ = fixed(tmp_path, head + between.join(named))
    assert text == head + between.join(f"{one}  {GRACE}: 70\n" for one in named)


def test_pods_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """As in one file for two environments."""
    spotted = pod(spec=spot("cloud.google.com/gke-spot", "true"), app=SLEEP_60)
    after, ran = fixed(tmp_path, f"{ERROR}---\n{spotted}---\n{ERROR}")
    assert after == f"{FIXED}---\n{spotted}---\n{FIXED}"
    assert "Found 2 findings left (1 error, 1 warning) in 3 workloads, 2 fixed." in ran.err


def test_a_refusal_is_for_one_of_two_pods_of_a_name(tmp_path: Path) -> None:
    zero = pod(app="lifecycle: {preStop: {sleep: 0}}\n")
    five = pod(app="lifecycle: {preStop: {sleep: 5}}\n")
    options = ("--unsafe-fixes", "--kubernetes-version", "1.32")
    sound = five.replace("sleep: 5", "sleep: {seconds: 5}")
    after, ran = fixed(tmp_path, f"{five}---\n{zero}---\n{five}", *options)
    assert after == f"{sound}---\n{zero}---\n{sound}"
    assert len(ran.places) == 1
    after, _ = fixed(tmp_path, listed(five, zero, five), *options)
    assert after == listed(sound, zero, sound)


@pytest.mark.parametrize("rules", ["DEFAULT", "GS101", "GS001"])
def test_a_nodepool_of_another_file_counts_whatever_is_selected(
    tmp_path: Path, rules: str
) -> None:
    make(tmp_path, {"x.yaml": ERROR, "pools/small.yaml": pool("terminationGracePeriod: 1m")})
    before = contents(tmp_path)
    check(tmp_path, "--select", rules, "--fix")
    assert contents(tmp_path) == before


def test_the_order_of_the_files_never_matters(tmp_path: Path) -> None:
    files = {f"{number}.yaml": one.text for number, one in enumerate(RAISED.values())}
    results = []
    for name, paths in (("a", sorted(files)), ("b", sorted(files, reverse=True))):
        make(tmp_path / name, files)
        ran = check(tmp_path / name, *paths, "--fix", "--unsafe-fixes")
        results.append((ran, contents(tmp_path / name)))
    assert results[0] == results[1]


# Ground rule 10: the strongest speaks, once for each container and each pod.
LOUDEST = {
    "native sleep past the grace period": (pod(app=hook(60)), "GS001"),
    "native sleep of all of it": (pod(app=hook(30)), "GS101"),
    "native sleep of nearly all of it": (pod(app=hook(28)), "GS104"),
    "exec sleep past the grace period": (pod(app=runs(60)), "GS101 GS202"),
    "two containers": (
        f"{pod(app=hook(60))}  - name: b\n    image: b\n    {runs(29)}",
        "GS001 GS104 GS202",
    ),
    "StatefulSet without a hook": (workload("StatefulSet", spec=f"{GRACE}: 0\n"), "GS700"),
    "StatefulSet with one": (
        workload("StatefulSet", spec=f"{GRACE}: 0\n", app=hook(0)),
        "GS700",
    ),
    "Deployment with one": (
        workload(
            "Deployment", spec=f"{GRACE}: 0\n", app="lifecycle: {preStop: {httpGet: {port: 80}}}\n"
        ),
        "GS106",
    ),
}
QUIETER = {
    "native sleep past the grace period": ("GS001", "GS101"),
    "native sleep of all of it": ("GS101", ""),
    "StatefulSet with one": ("GS700", "GS106"),
}


@pytest.mark.parametrize("name", LOUDEST)
def test_the_strongest_speaks(tmp_path: Path, name: str) -> None:
    text, codes = LOUDEST[name]
    make(tmp_path, {"x.yaml": text})
    found = sorted(
        place.split()[1] for place in check(tmp_path, "--select", "GS0,GS1,GS202,GS7").places
    )
    assert found == codes.split()


@pytest.mark.parametrize("name", QUIETER)
def test_a_weaker_one_speaks_where_the_strongest_is_ignored(tmp_path: Path, name: str) -> None:
    loudest, next_one = QUIETER[name]
    make(tmp_path, {"x.yaml": LOUDEST[name][0]})
    ran = check(tmp_path, "--select", "GS0,GS1,GS7", "--ignore", loudest)
    assert [place.split()[1] for place in ran.places] == next_one.split()


def test_the_summary_says_what_would_repair_more(tmp_path: Path) -> None:
    tcp = "lifecycle: {preStop: {tcpSocket: {port: 80}}}\n"
    _, ran = fixed(tmp_path, f"{INFO}---\n{pod(name='tcp', app=tcp)}")
    assert ran.err.splitlines()[1:] == [
        "1 fixable only if named: --select GS104.",
        "1 without a fix; the full output says why, and what would make one.",
    ]
    assert "only if named" not in check(tmp_path, "x.yaml").err
