"""Whose joins a change of objects touches: too many at worst, never too few."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.objects import Object
from k8slint.kubernetes.reach import reach_between
from k8slint.lint.survey import build_cluster, collect_facts


def made(kind: str, name: str, spec: str = "{}") -> str:
    return f"apiVersion: {API[kind]}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


API = {
    "Service": "v1",
    "Namespace": "v1",
    "Deployment": "apps/v1",
    "Ingress": "networking.k8s.io/v1",
    "IngressClass": "networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "NodePool": "karpenter.sh/v1",
}


def service(name: str, **labels: str) -> str:
    written = ", ".join(f"{label}: {value}" for label, value in labels.items())
    return made("Service", name, f"{{selector: {{{written}}}}}")


def ingress(name: str, to: str) -> str:
    return made("Ingress", name, f"{{defaultBackend: {{service: {{name: {to}}}}}}}")


def scaler(target: str) -> str:
    return made("HorizontalPodAutoscaler", "h", f"{{scaleTargetRef: {{name: {target}}}}}")


def budget(selector: str) -> str:
    return made("PodDisruptionBudget", "b", f"{{selector: {selector}}}")


HOME = made("Deployment", "d", "{template: {metadata: {labels: {app: d}}}}")
OTHER = {"other.yaml": service("other", app="other")}

# What else there is, what x.yaml held and holds, and what is written in files with a workload that
# a change reaches, and in those that it does not.
CASES: dict[str, tuple[Mapping[str, str], str, str, list[str], list[str]]] = {
    "a selector": (
        OTHER,
        service("s", app="old"),
        service("s", app="new"),
        ["{app: old}", "app: 'new'", "# app new", r'"\x61pp": "\x6eew"'],
        ["{app: newer}", "{app: new.old}", "new", "{app: other}"],
    ),
    "all labels of a selector": (
        OTHER,
        service("s", app="x", tier="y"),
        service("s", app="x", tier="z"),
        ["{app: x, tier: z}", "{app: x, tier: y}"],
        ["{app: x}", "{tier: z}"],
    ),
    "only a line": (
        OTHER,
        service("s", app="x"),
        "# lower\n" + service("s", app="x"),
        ["{app: x}"],
        ["{app: other}"],
    ),
    "the first of its kind": ({}, "", service("s", app="x"), ["{app: other}"], []),
    "the last of its kind": ({}, service("s", app="x"), "", ["{app: other}"], []),
    "no text in between": ({}, service("s", app="x"), service("s", app="x"), [], ["{app: x}"]),
    "a file that comes to hold workloads, in a folder where others do": (
        {"home.yaml": HOME, "far/away/other.yaml": OTHER["other.yaml"]},
        service("s", app="x"),
        f"{service('s', app='x')}---\n{HOME}",
        ["{app: x}"],
        ["{app: other}"],
    ),
    "a template as a label": (OTHER, "", service("s", app="'{{ x }}'"), ["{tier: other}"], []),
    "a selector of nothing": (OTHER, "", service("s"), [], ["{app: other}"]),
    "one that can no longer be read": (
        OTHER,
        service("s", app="x"),
        service("s", app="x") + "- broken",
        ["{app: other}"],
        [],
    ),
    "another of the same name": (
        {**OTHER, "a/x.yaml": service("s", app="far")},
        "",
        service("s", app="x"),
        ["{app: far}", "{app: x}"],
        ["{app: other}"],
    ),
    "an Ingress": (
        {**OTHER, "i.yaml": ingress("i", "other"), "s.yaml": service("s", app="x")},
        ingress("j", "nothing"),
        ingress("j", "s"),
        ["{app: x}"],
        ["{app: other}"],
    ),
    "an Ingress of the same name": (
        {**OTHER, "i.yaml": ingress("i", "s"), "s.yaml": service("s", app="x")},
        "",
        ingress("i", "nothing"),
        ["{app: x}"],
        ["{app: other}"],
    ),
    "a class": (
        {"c.yaml": made("IngressClass", "c")},
        "",
        made("IngressClass", "d"),
        ["{app: other}"],
        [],
    ),
    "a scaler": (
        {"h.yaml": scaler("other")},
        scaler("x"),
        scaler("z"),
        ["name: x", "name: z"],
        ["name: web"],
    ),
    "a Namespace": (
        {"n.yaml": made("Namespace", "other")},
        "",
        made("Namespace", "x"),
        ["namespace: x"],
        ["namespace: web"],
    ),
    "a budget": (
        {"b.yaml": budget("{matchLabels: {app: other}}")},
        budget("{matchLabels: {app: x}}"),
        budget("{matchLabels: {app: z}}"),
        ["{app: x}", "{app: z}", "{app: other}"],  # All are called alike.
        ["{app: web}"],
    ),
    "a budget of all pods": ({"b.yaml": budget("{}")}, "", budget("{}"), ["{app: other}"], []),
    "a Service beside a budget of several values": (
        {
            **OTHER,
            "b.yaml": budget("{matchExpressions: [{key: app, operator: In, values: [other, x]}]}"),
        },
        service("s", app="x"),
        service("s", app="z"),
        ["{app: x}", "{app: z}"],
        ["{app: other}"],
    ),
    "a node pool": (
        {"p.yaml": made("NodePool", "p")},
        "",
        made("NodePool", "q"),
        ["{app: other}"],
        [],
    ),
    "workloads where there were none": (
        {**OTHER, "s.yaml": service("s", app="x"), "a/s.yaml": service("t", app="far")},
        "",
        HOME,
        ["{app: x}", "{app: other}"],
        ["{app: far}"],
    ),
    "no workloads where there were some": (
        {**OTHER, "s.yaml": service("s", app="x"), "a/s.yaml": service("t", app="far")},
        HOME,
        "",
        ["{app: x}", "{app: other}"],
        ["{app: far}"],
    ),
    # The rarest label of `s` was tier, and is app now: it is found before another Service, or not.
    "what is found by another label": (
        {**OTHER, "s.yaml": service("s", app="x", tier="y"), "t.yaml": service("t", app="x")},
        "",
        service("u", tier="y", zone="z") + "---\n" + service("v", tier="y", zone="z"),
        ["{app: x, tier: y}", "{tier: y, zone: z}"],
        ["{app: x}", "{app: other}"],
    ),
}


def cluster(files: Mapping[str, str]) -> tuple[Cluster, list[Object]]:
    facts = [
        collect_facts(data.encode(), name, Kinds(), AS_WRITTEN) for name, data in files.items()
    ]
    return build_cluster(facts, is_complete=True), [*facts[0].objects]


@pytest.mark.parametrize("name", CASES)
def test_a_change_reaches_whose_joins_it_touches(name: str) -> None:
    others, old, new, reached, rest = CASES[name]
    before, was = cluster({"x.yaml": old, **others})
    after, now = cluster({"x.yaml": new, **others})
    changed = [one for one in was if one not in now] + [one for one in now if one not in was]
    reach = reach_between(before, after, changed)
    assert [text for text in reached if not reach.touches(text.encode(), AS_WRITTEN)] == []
    assert [text for text in rest if reach.touches(text.encode(), AS_WRITTEN)] == []


def test_what_kustomizations_add_is_reached() -> None:
    before, was = cluster({"x.yaml": service("s", app="old"), **OTHER})
    after, now = cluster({"x.yaml": service("s", app="new"), **OTHER})
    reach = reach_between(before, after, [*was, *now])
    assert reach.touches(b"", AS_WRITTEN._replace(selector_labels=(("app", "new"),)))
    assert reach.touches(b"", AS_WRITTEN._replace(template_labels=(("app", "new"),)))
    assert not reach.touches(b"", AS_WRITTEN)
