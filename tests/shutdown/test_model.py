"""The budget of a pod, and what its timeline is made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.versions import ClusterTarget, parse_minor
from k8slint.kubernetes.workload import Container, Probe, workloads
from k8slint.manifest.operations import Delete
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown.exempt import holds_a_place, is_left_alone
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import SAFE_GRACE_WITH_PROBE, Need, risk_of, solve
from k8slint.shutdown.rollout import update_of
from k8slint.shutdown.seconds import exactly
from k8slint.shutdown.sidecars import istio_config
from k8slint.shutdown.timeline import Certainty
from k8slint.shutdown.triggers import TRIGGERS_BY_NAME
from tests.tiers import tries


def shutdown_of(text: str, target: ClusterTarget | None = None) -> Shutdown:
    source = Source("x.yaml", text)
    (document,) = (found for chunk in split_documents(text) for found in documents(source, chunk))
    (workload,) = workloads(document, Kinds())
    return Shutdown(workload.pods[0], target or ClusterTarget())


def pod(spec: str, metadata: str = "{name: web}") -> Shutdown:
    return shutdown_of(f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec:\n{spec}")


def app(extra: str) -> str:
    return f"  containers:\n  - {{name: app, image: x, {extra}}}\n"


SLEEP = "lifecycle: {{preStop: {{sleep: {{seconds: {}}}}}}}"
GUNICORN = 'command: [gunicorn, --graceful-timeout, "{}"]'
QUARKUS = "Quarkus QUARKUS_SHUTDOWN"
INGRESS = "ingress-nginx --shutdown-grace-period"
DELAY = "cloud-sql-proxy --max-sigterm-delay"
PROXY = """  initContainers:
  - name: sql
    image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2
    restartPolicy: Always
    args: [--max-sigterm-delay={}s]
"""


@pytest.mark.parametrize(
    ("spec", "seconds", "words"),
    [
        (app(SLEEP.format(60)), 70, "preStop 60 + drain window 5 + margin 5 = 70 s"),
        (
            app(f"{SLEEP.format(15)}, {GUNICORN.format(30)}"),
            50,
            "preStop 15 + gunicorn --graceful-timeout 30 + margin 5 = 50 s",
        ),
        (app(SLEEP.format(28)), 38, "preStop 28 + drain window 5 + margin 5 = 38 s"),
        (app('command: [sidekiq, -t, "100"]'), 105, "sidekiq -t 100 + margin 5 = 105 s"),
        (
            app(
                "env: [{name: QUARKUS_SHUTDOWN_DELAY, value: 5s}, "
                "{name: QUARKUS_SHUTDOWN_TIMEOUT, value: 20s}]"
            ),
            30,
            f"{QUARKUS}_DELAY 5 + {QUARKUS}_TIMEOUT 20 + margin 5 = 30 s",
        ),
        (
            app("command: [/nginx-ingress-controller, --shutdown-grace-period=20]"),
            35,
            f"{INGRESS} 20 + ingress-nginx default 10 + margin 5 = at least 35 s",
        ),
        (app(GUNICORN.format(2)), 10, "drain window 5 + margin 5 = 10 s"),
        (
            app("lifecycle: {preStop: {exec: {command: [/pre-stop.sh]}}}"),
            10,
            "preStop 0 + drain window 5 + margin 5 = at least 10 s",
        ),
        (
            app(f"{SLEEP.format(15)}, {GUNICORN.format(20)}") + PROXY.format(12),
            52,
            f"preStop 15 + gunicorn --graceful-timeout 20 + {DELAY} 12 + margin 5 = 52 s",
        ),
        (
            app(GUNICORN.format(10)) + PROXY.format(12) + f"    {SLEEP.format(30)}\n",
            47,
            f"preStop of sql 30 + {DELAY} 12 + margin 5 = 47 s",
        ),
        # Hook and drain end at the same time: the name of what the app itself does stays.
        (
            app(GUNICORN.format(30)) + PROXY.format(12) + f"    {SLEEP.format(30)}\n",
            47,
            f"gunicorn --graceful-timeout 30 + {DELAY} 12 + margin 5 = 47 s",
        ),
        # The last sidecar ends first: its 40 s go by before the 12 s of the first one begin.
        (
            app(GUNICORN.format(10))
            + PROXY.format(12)
            + f"    {SLEEP.format(30)}\n"
            + f"  - {{name: log, image: x, restartPolicy: Always, {SLEEP.format(40)}}}\n",
            57,
            f"preStop of log 40 + {DELAY} 12 + margin 5 = 57 s",
        ),
    ],
)
def test_the_required_grace(spec: str, seconds: int, words: str) -> None:
    budget = pod(spec).required(margin=5, window=5)
    assert budget.seconds == seconds
    assert str(budget) == words


@pytest.mark.parametrize(
    ("written", "seconds", "raw", "words"),
    [
        ("", 30, 30, "30 s (default)"),
        ("terminationGracePeriodSeconds: 45", 45, 45, "45 s"),
        ("terminationGracePeriodSeconds: 0", 0, 0, "0 s"),
        # A negative one acts as 1, and only the kubelet sees what was written.
        ("terminationGracePeriodSeconds: -1", 1, -1, "1 s"),
        ("terminationGracePeriodSeconds: -90", 1, -90, "1 s"),
        ("terminationGracePeriodSeconds: '60'", 60, 60, "60 s"),
        ("terminationGracePeriodSeconds: 060", 48, 48, "48 s"),
    ],
)
def test_the_grace_that_counts(written: str, seconds: int, raw: int, words: str) -> None:
    grace = pod(f"  {written}\n{app('ports: []')}").grace
    assert (grace.seconds, grace.raw, str(grace)) == (seconds, raw, words)


def test_the_slowest_container_counts() -> None:
    other = f"  - {{name: other, image: x, {GUNICORN.format(40)}}}\n"
    shutdown = pod(app(SLEEP.format(20)) + other)
    assert shutdown.required(margin=5, window=5).seconds == 45
    first, _ = shutdown.main
    assert shutdown.budget(first, None, margin=5, window=5).seconds == 30


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 30), st.integers(0, 60))
@settings(max_examples=tries(60), derandomize=True)
def test_nobody_is_killed_within_the_required_grace(
    sleep: int, drain: int, delay: int, side: int
) -> None:
    """The sum and the timeline are two ways to say the same."""
    spec = app(f"{SLEEP.format(sleep)}, {GUNICORN.format(drain)}") + PROXY.format(delay)
    shutdown = pod(f"{spec}    {SLEEP.format(side)}\n")
    enough = shutdown.required(margin=0, window=0).seconds
    timeline = shutdown.timeline(grace=enough)
    assert timeline is not None
    assert all(lane.killed is not Certainty.YES for lane in timeline.lanes)
    assert timeline.ends.high <= enough


def test_an_annotation_counts_beside_the_containers() -> None:
    metadata = '{annotations: {dapr.io/graceful-shutdown-seconds: "60"}}'
    assert pod(app("ports: []"), metadata).required(margin=5, window=5).seconds == 65


def test_room_is_what_hook_margin_and_sidecars_leave() -> None:
    shutdown = pod(app(SLEEP.format(10)) + PROXY.format(5))
    assert shutdown.room(shutdown.main[0], margin=5) == 10
    assert pod(app(SLEEP.format(28))).room(pod(app(SLEEP.format(28))).main[0], margin=5) is None


def test_needs_of_a_pod_become_one_edit_per_key() -> None:
    shutdown = pod(app(SLEEP.format(60)))
    (repair,) = solve(shutdown, [Need(grace=70), Need(grace=105), Need(grace=38)])
    assert repair.needs == (0, 1, 2)
    assert len(repair.operations) == 1
    assert not repair.unsafe


def test_the_grace_period_waits_for_a_hook_that_is_removed() -> None:
    """So that nobody raises what only that hook needed."""
    shutdown = pod(app(SLEEP.format(60)))
    hook = Delete((*shutdown.main[0].container.lifecycle.pointer, "preStop"))
    repairs = solve(shutdown, [Need(grace=70), Need(operations=(hook,))])
    assert [repair.operations for repair in repairs] == [(hook,)]


def test_a_long_grace_brings_the_probes_their_own() -> None:
    """So that the repair of a budget does not make a wedged container wait (GS702)."""
    probes = "livenessProbe: {tcpSocket: {port: 1}}, readinessProbe: {tcpSocket: {port: 1}}"
    shutdown = pod(app(f'command: [sidekiq, -t, "300"], {probes}'))
    (repair,) = solve(shutdown, [Need(grace=305)])
    paths = [operation.pointer[-2:] for operation in repair.operations]
    assert "livenessProbe.terminationGracePeriodSeconds of app to 30" in repair.title
    assert paths == [
        ("spec", "terminationGracePeriodSeconds"),
        ("livenessProbe", "terminationGracePeriodSeconds"),
    ]
    assert repair.unsafe


def test_probes_are_looked_for_once_in_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be as many findings as there are containers."""
    asked: list[str] = []

    def ask(container: Container) -> tuple[Probe, ...]:
        asked.append(container.name)
        return ()

    monkeypatch.setattr(Container, "probes_without_grace", property(ask))
    shutdown = pod(app(SLEEP.format(60)))
    for grace in range(SAFE_GRACE_WITH_PROBE + 1, SAFE_GRACE_WITH_PROBE + 9):
        assert risk_of(shutdown, Need(grace=grace)) == ""
    assert asked == ["app"]


def test_the_timeline_of_a_pod() -> None:
    shutdown = pod(app(f"{SLEEP.format(15)}, {GUNICORN.format(30)}") + PROXY.format(12))
    timeline = shutdown.timeline()
    assert timeline is not None
    main, proxy = timeline.lanes
    assert main.signalled_at == exactly(15)
    assert main.killed is Certainty.MAYBE
    assert (main.ends.low, main.ends.high) == (15, 30)
    assert (proxy.signalled_at.low, proxy.signalled_at.high) == (15, 30)
    assert proxy.ends.high == 32


def test_a_probe_failure_has_its_own_grace() -> None:
    probe = "livenessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 7}"
    timeline = pod(app(f"{SLEEP.format(15)}, {probe}")).timeline(
        TRIGGERS_BY_NAME["liveness"], container="app"
    )
    assert timeline is not None
    assert timeline.grace == 7
    assert timeline.lanes[0].hook_is_cut is Certainty.YES


@pytest.mark.parametrize(
    ("gates", "signal"), [([], "SIGTERM"), (["ContainerStopSignals"], "SIGQUIT")]
)
def test_the_stop_signal_counts_behind_its_gate(gates: list[str], signal: str) -> None:
    target = ClusterTarget(feature_gates=frozenset(gates))
    text = "kind: Pod\napiVersion: v1\nspec:\n" + app("lifecycle: {stopSignal: SIGQUIT}")
    timeline = shutdown_of(text, target).timeline()
    assert timeline is not None
    assert timeline.lanes[0].signal == signal


def test_a_spot_node_gives_its_notice() -> None:
    spec = "  nodeSelector: {cloud.google.com/gke-spot: 'true'}\n" + app("ports: []")
    timeline = pod(spec).timeline(TRIGGERS_BY_NAME["spot"])
    assert timeline is not None
    assert timeline.grace == 25


def test_a_shell_as_process_1_leaves_the_drain_open() -> None:
    timeline = pod(app('command: [sh, -c, "gunicorn --graceful-timeout 5 app"]')).timeline()
    assert timeline is not None
    assert timeline.lanes[0].ends.high == 30


def test_without_a_known_grace_there_is_no_timeline() -> None:
    spec = "  terminationGracePeriodSeconds: '{{ .x }}'\n" + app("ports: []")
    assert pod(spec).timeline() is None


@pytest.mark.parametrize(
    ("kind", "spec", "alone"),
    [
        ("Deployment", "", False),
        ("Deployment", "  replicas: 0\n", True),
        ("StatefulSet", "  replicas: 1\n", False),
        ("Job", "", True),
        ("PyTorchJob", "", None),
    ],
)
def test_who_is_left_alone(kind: str, spec: str, alone: bool | None) -> None:
    group = {"Job": "batch/v1"}.get(kind, "apps/v1")
    text = (
        f"apiVersion: {group}\nkind: {kind}\nspec:\n{spec}  template:\n    spec:\n"
        "      containers: [{name: app, image: x}]\n"
    )
    if alone is not None:
        assert is_left_alone(shutdown_of(text).pod) == alone


def test_a_pod_that_is_never_restarted_is_left_alone() -> None:
    assert is_left_alone(pod("  restartPolicy: Never\n" + app("ports: []")).pod)
    assert is_left_alone(pod("  priority: -10\n" + app("ports: []")).pod)
    assert not is_left_alone(pod("  priority: 0\n" + app("ports: []")).pod)


@pytest.mark.parametrize(
    ("image", "holds"),
    [
        *((name, True) for name in ("pause", "pause:3.9", "registry.k8s.io/pause-amd64:3.1")),
        (f"registry.k8s.io/pause@sha256:{'0' * 64}", True),
        *((name, False) for name in ("pausebot:1", "my-pause:1", "pause/web:1", "a/pause_x:1")),
    ],
)
def test_a_pause_image_holds_a_place(image: str, holds: bool) -> None:
    text = f"spec:\n  containers: [{{name: app, image: '{image}'}}]\n"
    assert holds_a_place(shutdown_of(f"apiVersion: v1\nkind: Pod\n{text}").pod) == holds


@pytest.mark.parametrize(
    ("script", "takes"),
    [
        ("sleep 1; kill -TERM 1; sleep 5", "1 to 6"),
        ("sleep 1; kill -QUIT 1", "1"),
        ("kill 1; while true; do sleep 1; done", "at least 0"),
        ("sleep 1; kill -0 1; sleep 5", "6"),
        ("sleep 1; kill -HUP 1; sleep 5", "6"),
        ("sleep 1; kill -TERM 7; sleep 5", "6"),
    ],
)
def test_a_hook_that_stops_process_one_ends_with_it(script: str, takes: str) -> None:
    (stop,) = pod(
        app(f"lifecycle: {{preStop: {{exec: {{command: [sh, -c, '{script}']}}}}}}")
    ).stops
    assert str(stop.hook_takes) == takes


def test_a_variable_from_elsewhere_is_not_known() -> None:
    hook = "lifecycle: {preStop: {exec: {command: [sh, -c, 'sleep $WAIT']}}}"
    for said, takes in (("value: '9'", "9"), ("valueFrom: {}", "at least 0")):
        (stop,) = pod(app(f"{hook}, env: [{{name: WAIT, {said}}}]")).stops
        assert str(stop.hook_takes) == takes


# Kinds that replace no pod until somebody deletes it.
@pytest.mark.parametrize(
    ("kind", "key", "is_replaced"),
    [
        ("DaemonSet", "updateStrategy", False),
        ("StatefulSet", "updateStrategy", False),
        ("Deployment", "strategy", True),
        ("ReplicaSet", "strategy", False),
    ],
)
def test_which_kinds_are_updated_by_themselves(kind: str, key: str, is_replaced: bool) -> None:
    shutdown = shutdown_of(
        f"apiVersion: apps/v1\nkind: {kind}\nspec:\n  {key}: {{type: OnDelete}}\n  template:\n"
        f"    spec:\n      containers: [{{name: app, image: x}}]\n"
    )
    timeline = shutdown.timeline()
    assert timeline is not None
    cost = update_of(shutdown.pod.workload, timeline.ends, ClusterTarget())
    assert (cost is not None) == is_replaced


MAX_UNAVAILABLE = "MaxUnavailableStatefulSet"
RECREATE = "StatefulSetRecreateStrategy"
# A StatefulSet of six pods, its update strategy, the cluster it is for and the gates that are on
# there: what an update costs where each takes up to 30 s.
UPDATES = [
    ("{}", "1.37", (), "6 x 30 = 180 s"),
    ("{rollingUpdate: {maxUnavailable: 3}}", "1.37", (), "2 x 30 = 60 s"),
    ("{rollingUpdate: {maxUnavailable: 3}}", "1.36", (), "6 x 30 = 180 s"),
    ("{rollingUpdate: {maxUnavailable: 3}}", "1.35", (), "6 x 30 = 180 s"),
    ("{rollingUpdate: {maxUnavailable: 3}}", "1.36", (MAX_UNAVAILABLE,), "2 x 30 = 60 s"),
    ("{rollingUpdate: {maxUnavailable: 50%}}", "1.37", (), "2 x 30 = 60 s"),
    ("{type: OnDelete}", "1.37", (), "None"),
    ("{type: Recreate}", "1.37", (RECREATE,), "30 s"),
    ("{type: Recreate}", "1.37", (), "6 x 30 = 180 s"),
]


@pytest.mark.parametrize(("strategy", "version", "gates", "costs"), UPDATES)
def test_what_an_update_costs(
    strategy: str, version: str, gates: tuple[str, ...], costs: str
) -> None:
    text = (
        f"apiVersion: apps/v1\nkind: StatefulSet\nspec:\n  replicas: 6\n"
        f"  updateStrategy: {strategy}\n  template:\n    spec:\n"
        f"      containers: [{{name: app, image: x}}]\n"
    )
    shutdown = shutdown_of(text)
    timeline = shutdown.timeline()
    assert timeline is not None
    target = ClusterTarget(parse_minor(version), frozenset(gates))
    assert str(update_of(shutdown.pod.workload, timeline.ends, target)) == costs


def test_yaml_inside_an_annotation() -> None:
    metadata = "{annotations: {proxy.istio.io/config: 'terminationDrainDuration: 45s'}}"
    shutdown = pod(app("ports: []"), metadata)
    config = istio_config(shutdown.annotations)
    assert config is not None
    assert config.drain.text == "45s"
    assert not config.exits_on_zero
    assert [(one.name, one.seconds) for one in shutdown.proxy_drains] == [
        ("Istio terminationDrainDuration", 45)
    ]
