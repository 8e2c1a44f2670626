"""A glance at a document instead of its parse changes nothing: not a finding, not a count."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
import yaml

from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint import engine, judge
from k8slint.lint.examples import examples
from k8slint.lint.reports import FileReport
from k8slint.lint.rulebook import Runnable, Selection, load
from k8slint.lint.run import run_bytes
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import Settings
from k8slint.lint.survey import facts_of, joined
from k8slint.lint.task import Around, Mode, Task
from k8slint.manifest import tree
from k8slint.manifest.outline import outline
from k8slint.manifest.source import Source
from k8slint.manifest.tree import cut, is_well_formed
from k8slint.shutdown.glance import Glance
from k8slint.shutdown.program import read
from tests.command import check
from tests.places import ROOT

EVERYTHING = Settings(
    select=("ALL",),
    preview=True,
    options=(
        ("GS301", "bare-service", 1),
        ("GS501", "injected", 1),
        ("GS701", "unscaled", 1),
    ),
    programs=(
        read({"name": "a", "command": "drainer", "flag": "--wait", "env": "WAIT", "default": 40}),
        read({"name": "pm2", "command": "nginx", "default": 2}),
        read({"name": "shop", "command": "shopd --conf=/etc/a,b.yaml", "flag": "--drain"}),
        read({"name": "pair", "command": "a,b", "flag": "--drain"}),
        read({"name": "store", "variable": "STORE=on", "env": "STORE_WAIT", "default": 50}),
    ),
)
KUSTOMIZED = (
    *[AS_WRITTEN] * 4,
    Kustomized(selector_labels=(("app", "web"),), replicas=(("web", 3),)),
    Kustomized(template_labels=(("app", "web"),), namespaces=("shop",)),
    Kustomized(is_patch=True),
)


@cache
def pages() -> list[list[dict[str, Any]]]:
    """The objects of each example of a page, and of each fixture."""
    texts = [example.text for rule in load().rules for example in examples(rule)]
    texts += (path.read_text("utf-8") for path in sorted((ROOT / "fixtures").rglob("*.yaml")))
    found = []
    for text in texts:
        try:
            found.append([one for one in yaml.safe_load_all(text) if isinstance(one, dict)])
        except yaml.YAMLError:
            continue
    return found


def written(objects: list[dict[str, Any]], random: Random) -> str:
    """Most in blocks, which have an outline."""
    order, flow = random.random() < 0.5, random.choice((False, False, False, None, True))
    width = random.choice((40, 1000))
    return "---\n".join(
        yaml.dump(one, width=width, sort_keys=order, default_flow_style=flow) for one in objects
    )


def pods(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pod specs of an object, and of those inside it."""
    spec = one.get("spec")
    if isinstance(spec, dict):
        if "containers" in spec:
            yield spec
        for inside in (spec.get("template"), spec.get("jobTemplate")):
            if isinstance(inside, dict):
                yield from pods(inside)


def mixed(random: Random) -> str:
    """Objects of several pages in one stream, parts of their pods exchanged."""
    pool = [one for objects in pages() for one in objects]
    given = [pod for one in pool for pod in pods(one)]
    chosen = copy.deepcopy(random.choices(pool, k=random.randint(1, 4)))
    for one in chosen:
        for pod in pods(one):
            for key in random.sample(sorted(pod), random.randint(0, len(pod))):
                other = random.choice(given)
                if key in other:
                    pod[key] = copy.deepcopy(other[key])
    return written(chosen, random)


def report(text: str, kustomized: Kustomized, *, parse_all: bool) -> FileReport:
    task = Task("web.yaml", EVERYTHING, kustomized)
    around = Around(is_complete=True)
    if not parse_all:
        return run_bytes(text.encode(), task, Mode(), around)
    with mock.patch.object(engine, "outline", return_value=None), _all_are_asked():
        return run_bytes(text.encode(), task, Mode(), around)


def test_a_glance_changes_nothing() -> None:
    random = Random(81)
    with mock.patch.object(engine, "is_well_formed", wraps=is_well_formed) as glanced:
        for _ in range(400):
            text, kustomized = mixed(random), random.choice(KUSTOMIZED)
            quick, whole = (report(text, kustomized, parse_all=way) for way in (False, True))
            assert quick == whole, text
    assert glanced.call_count > 20


# What stands where few manifests have it, with the rule that speaks about it.
RARE = {
    "GS401": """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  initContainers:
  - name: logs
    image: example.com/logs:1
    restartPolicy: Always
    command:
    - sh
    - -c
    - ./logs --follow
  containers:
  - name: web
    image: example.com/web:1
""",
    "GS108": """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: example.com/web:1
    command: [/opt/shopd, "--conf=/etc/a,b.yaml", "--drain=90"]
""",
    "GS108 of a name in parts": """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: example.com/web:1
    command: ["/opt/a,b", --drain=90]
""",
    "GS106": """apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    "app": web
  ports:
  - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      labels:
        'app': "web"
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: web
        image: example.com/web:1
        args: ['*', "a: {b}"]
""",
    "GS108 by a variable": """apiVersion: v1
kind: Pod
metadata:
  name: store
spec:
  containers:
  - name: store
    image: example.com/store:1
    env:
    - name: STORE
      value: "on"
    - name: STORE_WAIT
      value: "60"
""",
    "GS701": """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    kind: Deployment
    name: web
  maxReplicas: 9
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: worker
        image: example.com/worker:1
        command:
        - sh
        - -c
        - exec "cel"ery -A shop worker
""",
}


# In the column of another list, or in braces with blanks inside: no line tells all of that.
UNEVEN = {
    "GS705": """apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: app
        image: nginx:1.27
        resources:
      -   name: db
          image: postgres:16
""",
    "GS002": """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    terminationGracePeriodSeconds: 60
    spec: { }
""",
}


@pytest.mark.parametrize("code", UNEVEN)
def test_a_glance_is_not_misled(code: str) -> None:
    quick, whole = (report(UNEVEN[code], AS_WRITTEN, parse_all=way) for way in (False, True))
    assert quick == whole
    assert code in {one.code for one in quick.diagnoses}


@pytest.mark.parametrize("code", RARE)
def test_a_glance_sees_what_is_rare(code: str) -> None:
    assert all(outline(chunk.text) for chunk in cut(RARE[code]))
    quick, whole = (report(RARE[code], AS_WRITTEN, parse_all=way) for way in (False, True))
    assert quick == whole
    assert code.split(maxsplit=1)[0] in {one.code for one in quick.diagnoses}


def test_no_rule_speaks_that_was_not_asked() -> None:
    """Each rule by itself: the others would have the document parsed."""
    random = Random(82)
    scope = scope_for(EVERYTHING)
    spoke: set[str] = set()
    texts = [(written(objects, random), AS_WRITTEN) for objects in pages()]
    texts += ((mixed(random), random.choice(KUSTOMIZED)) for _ in range(500))
    for text, kustomized in texts:
        facts = facts_of(text.encode(), "web.yaml", scope.kinds, kustomized)
        one = scope._replace(cluster=joined([facts], is_complete=True))
        for chunk in cut(text):
            lines = outline(chunk.text)
            ways = one.kinds.pods_in(lines) if lines else None
            glance = engine._glance(lines, ways, one, kustomized) if lines else None
            asked = {rule.code for rule, _ in scope.selection.asked(chunk.text, glance)}
            with _all_are_asked(), _all_speak():
                examined = engine.examine(Source("web.yaml", chunk.text), one, kustomized)
            codes = {found.rule.code for found in examined.found}
            examined.forget()
            assert codes <= asked, chunk.text
            spoke |= codes
    assert spoke == {rule.code for rule, _ in scope.selection.runnable}, "every rule is tried"


def _all_are_asked() -> Any:
    """Whatever a glance says."""

    def every(selection: Selection, text: str, glance: Glance | None) -> tuple[Runnable, ...]:
        return selection.runnable

    return mock.patch.object(Selection, "asked", every)


def _all_speak() -> Any:
    """No rule is silent because a stronger one speaks."""
    return mock.patch.object(engine, "_strongest", side_effect=list)


def test_a_long_stream_says_what_its_parts_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts of any length, broken documents and templates among them."""
    random = Random(83)
    odd = ("a: [\n", "kind: Pod\na: [\n", "kind: Pod\nspec: {{ .Values.spec }}\n", "# k8slint\n")
    for _ in range(100):
        texts = [mixed(random) for _ in range(random.randint(1, 8))]
        if random.random() < 0.5:
            texts.insert(random.randint(0, len(texts)), random.choice(odd))
        text = "---\n".join(texts)
        whole = report(text, AS_WRITTEN, parse_all=False)
        monkeypatch.setattr(judge, "_LONG", 0)
        monkeypatch.setattr(tree, "_PART", random.choice((1, 500, 3_000)))
        assert report(text, AS_WRITTEN, parse_all=False) == whole, text
        monkeypatch.undo()


def test_the_corpus_says_the_same(corpus: Path) -> None:
    arguments = (str(corpus / "plain"), "--select", "ALL", "--output-format", "json", "-j", "1")
    quick = check(corpus, *arguments)
    with mock.patch.object(engine, "outline", return_value=None), _all_are_asked():
        assert check(corpus, *arguments) == quick
