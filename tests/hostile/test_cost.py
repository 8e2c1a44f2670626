"""What a stranger writes costs no more than its size: twice as much input, twice as many calls.

This holds for each function: what one calls too often is lost among the calls of the others.

Calls are counted, not seconds, so that no busy machine makes a test fail.
"""

from __future__ import annotations

import cProfile
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

import pytest

from k8slint.coverage import Extent, Portion, PortionKind, Reason
from k8slint.kubernetes import census
from k8slint.lint import changed, repairs
from k8slint.lint.changed import Changes
from k8slint.lint.passed_over import join_portions
from k8slint.manifest.stream import find_refusals
from k8slint.shutdown import ways
from k8slint.shutdown.shell.refused import refusal
from tests.command import apart, k8slint, make
from tests.tiers import long_where

Calls = Counter[object]
Input = Callable[[int], Mapping[str, str]]
# Twice as many calls of each function, and some for lists and tables that grow.
MOST = 2.2
FEW = 30
SIZE = 3
# What hooks do is kept for sixteen of them, and read again where there are more.
MANY = 17
SIZES = {
    ("annotations that declare", "repair"): MANY,
    ("annotations that ignore", "repair"): MANY,
    ("broken hooks", "check"): MANY,
    ("broken hooks", "draw"): MANY,
    ("hooks that sleep", "check"): MANY,
    ("hooks that sleep", "repair"): MANY,
    ("ignores of items", "repair"): MANY,
    ("sidecars", "check"): MANY,
}
# Each finding shows the edits of its repair, up to 10,000 in all: from there on they are linear.
# This input would have to be large to get there, so the limit is low for it.
LIMITED = {("misplaced grace periods", "check")}

SLEEP = "lifecycle: {preStop: {exec: {command: [sleep, '60']}}}\n"
PORT = "ports: [{containerPort: 80}]\n"


# Each document that grows is as long as those that are searched for brackets, from the beginning.
LONG = f"# {'-' * 1000}\n"


def container(number: int, extra: str = "") -> str:
    return f"- name: c{number}\n  image: example.com/web:1\n{indent(extra, '  ')}"


def containers(extra: str) -> Input:
    return lambda n: {"a.yaml": deployment("web", "".join(container(i, extra) for i in range(n)))}


def containers_with(above: str, extra: str) -> Input:
    """Containers with a line above each."""
    return lambda n: {
        "a.yaml": deployment("web", "".join(above + container(i, extra) for i in range(n)))
    }


def deployment(name: str, containers: str, spec: str = "", metadata: str = "") -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\n{LONG}metadata:\n  name: {name}\n"
        f"{indent(metadata, '  ')}spec:\n  replicas: 3\n"
        f"  selector:\n    matchLabels: {{app: web}}\n"
        f"  template:\n    metadata:\n      labels: {{app: web}}\n    spec:\n"
        f"{indent(spec, '      ')}      containers:\n{indent(containers, '      ')}"
    )


def service(number: int, extra: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: s{number}}}\n"
        f"spec:\n  selector: {{app: web}}\n  ports: [{{port: 80}}]\n{extra}"
    )


def stream(documents: list[str]) -> str:
    return "---\n".join(documents)


def services(extra: str = "") -> Input:
    workloads = stream([deployment(f"w{i}", container(0, PORT)) for i in range(3)])
    return lambda n: {
        "services.yaml": stream([service(i, extra) for i in range(n)]),
        "workloads.yaml": workloads,
    }


def metadata(line: Callable[[int], str]) -> Input:
    return lambda n: {
        "a.yaml": deployment(
            "web",
            container(0, SLEEP),
            metadata="annotations:\n" + "".join(f"  {line(i)}\n" for i in range(n)),
        )
    }


BUDGET = (
    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b%d}\n"
    "spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}\n"
)
BUDGET_OF_EXPRESSION = (
    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b%d}\nspec:\n"
    "  maxUnavailable: 0\n"
    "  selector: {matchExpressions: [{key: app, operator: In, values: [web%d]}]}\n"
)
SCALER = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h%d}\n"
    "spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
)
POOL = (
    "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: p%d}\n"
    "spec: {template: {spec: {terminationGracePeriod: 60s}}}\n"
)
POOL_OF_LABEL = (
    "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: p%d}\nspec: {template: {spec: {"
    "terminationGracePeriod: 20s, requirements: [{key: example.com/x%d, operator: Exists}]}}}\n"
)
LABELS = "labels: {app: web, app.kubernetes.io/name: w%d}\n"
INGRESS = (
    f"apiVersion: networking.k8s.io/v1\nkind: Ingress\n{LONG}"
    "metadata: {name: i}\nspec:\n  rules:\n"
)

SERVICE_OF_ONE_NAME = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
    "spec: {selector: {app: web}, ports: [{port: %d, targetPort: 80}]}\n"
)
INGRESS_OF_ONE_NAME = (
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
    "spec: {defaultBackend: {service: {name: s, port: {number: %d}}}}\n"
)

INPUTS: dict[str, Input] = {
    "Services of the same labels": services(),
    "load balancers of the same labels": services("  type: LoadBalancer\n"),
    "containers": containers(""),
    # So long that each liveness probe needs a grace period of its own.
    "hooks that sleep": containers(SLEEP.replace("60", "600")),
    "broken hooks": containers("lifecycle: {preStop: {exec: {command: [sh, -c, sleep, '5']}}}\n"),
    "invalid hooks": containers("lifecycle: {preStop: {sleep: 5}}\n"),
    "misplaced grace periods": containers("terminationGracePeriodSeconds: 60\n"),
    "shells": containers("command: [sh, -c, 'gunicorn --graceful-timeout 60 app']\n"),
    "sidecars": lambda n: {
        "a.yaml": deployment(
            "web",
            container(0),
            "initContainers:\n"
            + "".join(container(i + 1, "restartPolicy: Always\n" + SLEEP) for i in range(n)),
        )
    },
    "aliases": metadata(lambda i: f"b{i}: *a" if i else "b: &a x"),
    "anchors": metadata(lambda i: f"b{i}: &a{i} x"),
    "aliases of aliases": metadata(
        lambda i: f"b{i}: &a{i} [*a{i - 1}, *a{i - 1}]" if i else "b: &a0 x"
    ),
    "aliases of a container": lambda n: {
        "a.yaml": deployment(
            "web", f"- &c\n  name: c\n  image: i\n{indent(SLEEP, '  ')}" + "- *c\n" * n
        )
    },
    "keys that are repeated": metadata(lambda i: "a: b"),
    "documents": lambda n: {
        "a.yaml": stream([deployment(f"w{i}", container(0, SLEEP)) for i in range(n)])
    },
    "files": lambda n: {f"{i}.yaml": deployment(f"w{i}", container(0, SLEEP)) for i in range(n)},
    "budgets": lambda n: {
        "a.yaml": deployment("web", container(0)),
        "b.yaml": stream([BUDGET % i for i in range(n)]),
    },
    "budgets that select by expressions": lambda n: {
        "a.yaml": stream([deployment(f"w{i}", container(0)) for i in range(n)]),
        "b.yaml": stream([BUDGET_OF_EXPRESSION % (i, i) for i in range(n)]),
    },
    "autoscalers": lambda n: {
        "a.yaml": deployment("web", container(0, SLEEP)),
        "b.yaml": stream([SCALER % i for i in range(n)]),
    },
    "NodePools": lambda n: {
        "a.yaml": stream([deployment(f"w{i}", container(0, SLEEP)) for i in range(n)]),
        "b.yaml": stream([POOL % i for i in range(n)]),
    },
    "NodePools with labels that pods need": lambda n: {
        "a.yaml": stream(
            [
                deployment(f"w{i}", container(0), f"nodeSelector: {{example.com/x{i}: a}}\n")
                for i in range(n)
            ]
        ),
        "b.yaml": stream([POOL_OF_LABEL % (i, i) for i in range(n)]),
    },
    "tolerations of what no NodePool has": lambda n: {
        "a.yaml": stream(
            [
                deployment(f"w{i}", container(0), f"tolerations: [{{key: example.com/x{i}}}]\n")
                for i in range(n)
            ]
        ),
        "b.yaml": stream([POOL % i for i in range(n)]),
    },
    "rules of an Ingress": lambda n: {
        "a.yaml": stream([deployment("web", container(0, PORT)), service(0)]),
        "b.yaml": INGRESS
        + "".join(
            f"  - host: h{i}.example.com\n    http: {{paths: [{{path: /, pathType: Prefix, "
            f"backend: {{service: {{name: s0, port: {{number: 80}}}}}}}}]}}\n"
            for i in range(n)
        ),
    },
    "Services and Ingresses of one name": lambda n: {
        "a.yaml": stream(
            [
                deployment("web", container(0, PORT)),
                *(SERVICE_OF_ONE_NAME % (80 + i) for i in range(n)),
                *(INGRESS_OF_ONE_NAME % (80 + i) for i in range(n)),
            ]
        )
    },
    "ignores of items": containers_with("# k8slint: ignore[GS101] known\n", SLEEP),
    "ignores that hide nothing": containers_with("# k8slint: ignore[GS106] known\n", ""),
    "ignores on the lines of block scalars": metadata(
        lambda i: f"a{i}: |  # k8slint: ignore[GS101]\n    x"
    ),
    "annotations that ignore": lambda n: {
        "a.yaml": deployment(
            "web",
            "".join(container(i, SLEEP) for i in range(n)),
            metadata="annotations:\n"
            + "".join(f"  k8slint/ignore.c{i}: GS101\n" for i in range(n)),
        )
    },
    "annotations that declare": lambda n: {
        "a.yaml": deployment(
            "web",
            "".join(container(i, SLEEP) for i in range(n)),
            metadata="annotations:\n"
            + "".join(f"  k8slint/drain.{'' if i % 2 else 'c'}c{i}: 9s\n" for i in range(n)),
        )
    },
    "documents behind a directive": lambda n: {
        "a.yaml": "%YAML 1.2\n---\n"
        + "...\n---\n".join(deployment(f"w{i}", container(0, SLEEP)) for i in range(n))
    },
    "entry points": lambda n: {
        "a.yaml": deployment(
            "web",
            container(
                0,
                "command: [traefik]\nargs:\n"
                + "".join(
                    f"- --entrypoints.e{i}.transport.lifecycle.gracetimeout=70s\n"
                    for i in range(n)
                ),
            ),
        )
    },
    "labels": lambda n: {
        "a.yaml": stream(
            [deployment(f"w{i}", container(0), metadata=LABELS % i) for i in range(n)]
        )
    },
    "ignores above documents": lambda n: {
        "a.yaml": stream(
            [
                "# k8slint: ignore[GS101] known\n" + deployment(f"w{i}", container(0, SLEEP))
                for i in range(n)
            ]
        )
    },
    "ignores": lambda n: {
        "a.yaml": stream(
            [
                deployment(f"w{i}", container(0, SLEEP)) + "# k8slint: ignore[GS101] known\n"
                for i in range(n)
            ]
        )
    },
}
CALLS = {
    "check": ("check", "--isolated", "--select", "ALL", "-j1", "--output-format", "json", "."),
    "repair": ("check", "--isolated", "--select", "ALL", "-j1", "--diff", "--unsafe-fixes", "."),
    "draw": ("timeline", "--isolated", "."),
}


def count_calls(folder: Path, *arguments: str) -> Calls:
    """How often each function is called in a folder."""
    with counted() as calls:
        ran = k8slint(folder, *arguments)
    assert "bug" not in ran.err, ran.err
    return calls


@contextmanager
def counted() -> Iterator[Calls]:
    """The calls of each function, once all are made."""
    calls: Calls = Counter()
    profile = cProfile.Profile(subcalls=False)
    profile.enable()
    try:
        yield calls
    finally:
        profile.disable()
        calls.update({entry.code: entry.callcount for entry in profile.getstats()})


def assert_grows_evenly(first: Calls, second: Calls, third: Calls) -> None:
    """The calls for so many, twice, and four times as many; what does not grow is in all three."""
    uneven = {
        function: (first[function], second[function], calls)
        for function, calls in third.items()
        if calls - second[function] > MOST * max(second[function] - first[function], 0) + FEW
    }
    assert not uneven


# Each input is quick with one call, `check` where none stands here: drawing reads hooks, and
# repairing has costs of its own.
QUICK = {
    "aliases of a container": "repair",
    "broken hooks": "repair",
    "containers": "repair",
    "documents": "repair",
    "hooks that sleep": "draw",
    "ignores above documents": "repair",
    "ignores that hide nothing": "repair",
    "invalid hooks": "repair",
    "keys that are repeated": "repair",
    "misplaced grace periods": "repair",
    "rules of an Ingress": "draw",
    "sidecars": "draw",
}


def is_long(name: str, call: str) -> bool:
    return call != QUICK.get(name, "check")


@pytest.mark.parametrize(("name", "call"), long_where(is_long, INPUTS, CALLS))
def test_twice_as_much_costs_twice_as_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: str
) -> None:
    # From so many lines times lines on that have no three in a row in common a diff is linear.
    monkeypatch.setattr(changed, "_SMALL", 10)
    monkeypatch.setattr(ways, "_MOST_ALTERNATIVES", 2)
    # Beside each budget it looks at so many workloads at most.
    monkeypatch.setattr(census, "_MOST_BESIDE", 2)
    if (name, call) in LIMITED:
        monkeypatch.setattr(repairs, "_MOST_EDITS", 1)

    def calls(n: int) -> Calls:
        folder = tmp_path / str(n)
        make(folder, INPUTS[name](n))
        return count_calls(folder, *CALLS[call])

    some = SIZES.get((name, call), SIZE)
    # What is kept by names, which all sizes share, is kept now.
    make(tmp_path / "first", INPUTS[name](4 * some))
    k8slint(tmp_path / "first", *CALLS[call])
    assert_grows_evenly(calls(some), calls(2 * some), calls(4 * some))


def test_so_does_a_baseline_with_twice_as_many_entries(tmp_path: Path) -> None:
    def calls(n: int) -> Iterator[Calls]:
        folder = tmp_path / str(n)
        folder.mkdir()
        make(folder, {"a.yaml": INPUTS["documents"](n)["a.yaml"], ".k8slint.yaml": ""})
        check = ("check", "--select", "ALL", "-j1")
        yield count_calls(folder, *check, "--write-baseline", ".")
        yield count_calls(folder, *check, ".")
        # Its entries are those of a file that is gone.
        (folder / "a.yaml").rename(folder / "b.yaml")
        yield count_calls(folder, *check, ".")
        make(folder, {"b.yaml": "kind: ConfigMap\n"})
        yield count_calls(folder, *check, "--write-baseline", ".")
        assert json.loads((folder / ".k8slint-baseline.json").read_bytes())["entries"] == []

    [*calls(2)]
    for first, second, third in zip(*map(calls, (SIZE, 2 * SIZE, 4 * SIZE)), strict=True):
        assert_grows_evenly(first, second, third)


def test_so_does_a_diff_of_texts_with_hardly_a_line_in_common() -> None:
    def calls(n: int) -> Calls:
        before, after = (
            [line for number in range(n) for line in (f"{number}", word)] for word in "ab"
        )
        with counted() as found:
            assert len([*Changes(before, after)]) == n
        return found

    assert_grows_evenly(*map(calls, (200, 400, 800)))


def hook(*command: str) -> str:
    return deployment(
        "web",
        container(0, f"lifecycle: {{preStop: {{exec: {json.dumps({'command': command})}}}}}\n"),
    )


ARITHMETIC = (
    f"lifecycle: {{preStop: {{exec: {{command: [sh, -c, 'sleep $((b++ + {'a' * 60_000}))']}}}}}}\n"
)
# What no call is made for: searches in one long text, which took minutes.
TEXTS = {
    "kinds with anchors": "kind: Deployment\na: " + "kind:&" * 60_000,
    "open brackets where YAML ends": "kind: Deployment\na: b: " + ": {b[" * 80_000,
    "blanks behind what is removed": deployment(
        "web",
        container(0, SLEEP),
        metadata=f"annotations: {{\n  k8slint/ignore: GS106{' ' * 60_000}, b: c}}\n",
    ),
    "blanks in a number of seconds": hook("sleep", f"5{' ' * 10_000}!"),
    "a name in arithmetic": deployment(
        "web",
        "".join(container(i, ARITHMETIC) for i in range(3)),
    ),
    "blanks in a command of Windows": hook("cmd", "/c", f"ping{' ' * 200_000}x"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_long_text_takes_no_minute(tmp_path: Path, name: str) -> None:
    make(tmp_path, {"a.yaml": TEXTS[name]})
    assert apart(tmp_path, *CALLS["repair"], seconds=60).code in (0, 1)


def test_markers_are_read_once() -> None:
    """It took a minute, as the rest of the text was copied for each."""
    text = "kind: Pod\n" + "---\n" * 300_000
    start = time.process_time()
    assert [*find_refusals(text)] == []
    assert time.process_time() - start < 3


def test_objects_of_a_long_file_are_counted_once() -> None:
    """Each was compared with all before it."""
    names = map(str, range(20_000))
    kind, extent, why = PortionKind.GITOPS, Extent.NOT_READ, Reason.UNRENDERED
    found = [Portion(kind, extent, why, name) for name in names]
    start = time.process_time()
    assert join_portions(found, 0, is_skipped=False) == tuple(found)
    assert time.process_time() - start < 1


def test_a_script_that_aliases_repeat_is_checked_for_syntax_once(tmp_path: Path) -> None:
    script = "; ".join(f"echo {number}" for number in range(100)) + "; fi"
    commands = [f'&script "{script}"', *["*script"] * 9]
    hooks = "".join(
        f"- kind: Pod\n  apiVersion: v1\n  metadata: {{name: p{number}}}\n"
        "  spec: {containers: [{name: a, image: x, lifecycle: {preStop: {exec: {command: "
        f"[sh, -c, {command}]}}}}}}}}]}}\n"
        for number, command in enumerate(commands)
    )
    make(tmp_path, {"a.yaml": f"kind: List\napiVersion: v1\nitems:\n{hooks}"})
    refusal.cache_clear()
    assert "in 10 workloads" in k8slint(tmp_path, "check", "a.yaml").err
    assert refusal.cache_info().misses == 1
