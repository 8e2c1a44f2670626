"""What a finding is, in each of the views of it, and as earlier versions wrote it down."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from k8slint.lint.identity import Identity, Resource, recorded
from k8slint.lint.inspect import inspect
from k8slint.lint.repairs import Planner, Policy, diagnose
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import Settings
from k8slint.lint.sources import read_source
from k8slint.manifest.source import Source
from tests.command import check, k8slint, make
from tests.manifests import ERROR
from tests.places import FIXTURES

APP = Resource("v1", "Pod", "shop", "web", "app")
ONE = Identity(APP, "GS001", "/spec/x", 0)

# Each difference, and the views in which findings that differ so are the same.
VIEWS = {
    "another pod": (ONE._replace(pod=1), {"runs", "object", "file"}),
    "another place": (ONE._replace(pointer="/spec/y"), {"repairs", "object"}),
    "another version": (
        ONE._replace(resource=APP._replace(api_version="v2")),
        {"runs", "repairs", "object", "file"},
    ),
    "another name": (ONE._replace(resource=APP._replace(name="db")), {"repairs"}),
    "another namespace": (ONE._replace(resource=APP._replace(namespace="")), {"repairs"}),
    "another container": (ONE._replace(resource=APP._replace(container="side")), set[str]()),
    "another rule": (ONE._replace(code="GS002"), set[str]()),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_as_wide_as_they_say(name: str) -> None:
    other, alike = VIEWS[name]
    assert other != ONE
    found = {
        "runs": other.across_runs() == ONE.across_runs(),
        "repairs": other.across_repairs() == ONE.across_repairs(),
        "object": other.in_object() == ONE.in_object(),
        "file": other.in_file("a.yaml") == ONE.in_file("a.yaml"),
    }
    assert {view for view, is_same in found.items() if is_same} == alike
    assert ONE.in_file("a.yaml") != ONE.in_file("b.yaml")


def test_an_entry_of_a_baseline_is_read_as_the_finding_that_it_was_written_for() -> None:
    text = "Pod shop/web, container app"
    assert (
        recorded(text, "GS001", "/spec/x")
        == ONE.across_runs()
        == recorded(str(APP), ONE.code, ONE.pointer)
    )
    bare = Identity(None, "GS901")
    assert recorded("", "GS901", "") == bare.across_runs() != bare


# As version 0.1 wrote them; SARIF has the same hashes, and GitLab knows a finding again by them.
FINGERPRINTS = {
    "GS001": "b6a900ac466e1862d726673bedcbf580b40a11e1d03d8497dced0dd787cd4494",
    "GS902": "4c487fc825707fb84e778a045ab59ae3b0cc0225a9170b0bed0107608fd46e9a",
}


def test_fingerprints_are_those_of_earlier_versions(tmp_path: Path) -> None:
    make(tmp_path, {"x/a.yaml": f"{ERROR}  # k8slint: ignore[GS999]\n"})
    data = k8slint(tmp_path, "check", "--output-format", "json").data
    assert {one["code"]: one["fingerprint"] for one in data["findings"]} == FINGERPRINTS


def test_baselines_of_earlier_versions_hide_what_they_hid(tmp_path: Path) -> None:
    entry = {
        "path": "a.yaml",
        "resource": "Pod web, container app",
        "code": "GS001",
        "pointer": "/spec/containers/0/lifecycle/preStop/sleep/seconds",
    }
    remark = {"path": "a.yaml", "resource": "", "code": "GS902", "pointer": ""}
    known = {"version": 1, "entries": [entry, remark]}
    make(
        tmp_path,
        {
            "a.yaml": f"{ERROR}  # k8slint: ignore[GS999]\n",
            ".k8slint-baseline.json": json.dumps(known),
        },
    )
    ran = check(tmp_path)
    assert (ran.code, ran.err) == (0, "No findings in 1 workload, 2 suppressed.\n")


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("fix*/*.yaml")), ids=lambda path: path.name)
def test_plain_data_is_about_the_same_as_the_finding_that_it_is_made_of(path: Path) -> None:
    scope = scope_for(Settings(select=("ALL",)))
    source = read_source(path.read_bytes(), path.name, scope)
    assert isinstance(source, Source | None)
    if source:
        examined = inspect(source, scope)
        made_of = [one.identity for one in examined.found]
        made_of += [one.identity for one in examined.remarks]
        made = diagnose(Planner(examined), Policy(Settings().fail_on, scope.selection))
        data = [one.identity for one in made if one not in examined.unreadable]
        assert Counter(made_of) == Counter(data)
