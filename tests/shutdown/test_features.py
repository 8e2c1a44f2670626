"""Features tell which rules to ask: those that are left out would find nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, reduce
from operator import or_
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import pytest
import yaml

from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.versions import ClusterTarget, parse_minor
from k8slint.lint import engine, inspect
from k8slint.lint.examples import read_examples
from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import load_rules
from k8slint.lint.run import run_bytes
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import Settings
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.manifest import stream
from k8slint.manifest.outline import outline_of
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.manifest.tree import YamlError, documents
from k8slint.shutdown.features import Feature
from k8slint.shutdown.glance import Glimpse, Surroundings, glance_at
from k8slint.shutdown.programs.program import read_program
from tests.command import check
from tests.lint.test_joined import CASES, manifests
from tests.places import ROOT
from tests.tables import DUMPER, LOADER, table
from tests.tiers import tries

USUAL = Settings(
    select=("ALL",),
    preview=True,
    options=(
        ("GS501", "injected", 1),
        ("GS701", "unscaled", 1),
    ),
    programs=(
        read_program(
            {"name": "a", "command": "drainer", "flag": "--wait", "env": "WAIT", "default": 40}
        ),
        read_program({"name": "pm2", "command": "nginx", "default": 2}),
        read_program({"name": "shop", "command": "shopd --conf=/etc/a,b.yaml", "flag": "--drain"}),
        read_program({"name": "solr", "command": "solr-foreground", "default": 40}),
        read_program({"name": "pair", "command": "a,b", "flag": "--drain"}),
        read_program(
            {"name": "store", "variable": "STORE=on", "env": "STORE_WAIT", "default": 50}
        ),
    ),
)
# With options by which rules look at all pods, and in a cluster that lacks a field.
EVERYTHING = USUAL._replace(
    target=ClusterTarget(parse_minor("1.36")),
    options=(*USUAL.options, ("GS301", "bare-service", 1), ("GS602", "limit", 20)),
)
EXAMPLES: dict[str, list[list[dict[str, Any]]]] = table("features.yaml")
KUSTOMIZED = (
    *[AS_WRITTEN] * 4,
    Kustomized(selector_labels=(("app", "web"),), replicas=(("web", 3),)),
    Kustomized(template_labels=(("app", "web"),), namespaces=("shop",)),
    Kustomized(is_patch=True),
)


@cache
def pages() -> list[list[dict[str, Any]]]:
    """The objects of each example of a page, and of each fixture."""
    texts = [example.text for rule in load_rules().rules for example in read_examples(rule)]
    texts += (path.read_text("utf-8") for path in sorted((ROOT / "fixtures").rglob("*.yaml")))
    found = []
    for text in texts:
        try:
            objects = yaml.load_all(text, LOADER)
            found.append([one for one in objects if isinstance(one, dict)])
        except yaml.YAMLError:
            continue
    return found


@cache
def cases() -> list[list[dict[str, Any]]]:
    """The objects of rows in tables of cases."""
    found: list[list[dict[str, Any]]] = [manifests(case) for _, case in CASES]
    for rows in EXAMPLES.values():
        found += rows
    return found


@cache
def containers() -> list[list[dict[str, Any]]]:
    """Workloads of one container each, with a program or a hook of the tables."""
    found: list[list[dict[str, Any]]] = []
    for row in table("programs.yaml").values():
        for part in ("set", "hidden", "unset", "other", "limits"):
            found += ([pod_of(case)] for case in row.get(part, ()))
    for row in table("hooks.yaml")["hooks"]:
        command = row.get("command") or ["sh", "-c", row["script"]]
        found.append([pod_of({"lifecycle": {"preStop": {"exec": {"command": command}}}})])
    return found


def pod_of(row: dict[str, Any]) -> dict[str, Any]:
    """A Deployment whose container has what a row says."""
    keys = ("image", "command", "args", "envFrom", "lifecycle")
    container: dict[str, Any] = {"name": "app", "image": "example.com/app:1"}
    container |= {key: row[key] for key in keys if key in row}
    container["env"] = [
        {"name": name, **({"valueFrom": {}} if text is None else {"value": text})}
        for name, text in row.get("env", {}).items()
    ]
    template = {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app"},
        "spec": {"selector": {"matchLabels": {"app": "app"}}, "template": template},
    }


def written(objects: list[dict[str, Any]], random: Random) -> str:
    """Most in blocks."""
    order, flow = random.random() < 0.5, random.choice((False, False, False, None, True))
    width = random.choice((40, 1000))
    return "---\n".join(
        yaml.dump(one, Dumper=DUMPER, width=width, sort_keys=order, default_flow_style=flow)
        for one in objects
    )


def in_blocks(objects: list[dict[str, Any]]) -> str:
    """As most manifests are written."""
    return "---\n".join(
        yaml.dump(one, Dumper=DUMPER, width=10_000, default_flow_style=False) for one in objects
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


@cache
def parts() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The objects of all pages, and their pods."""
    pool = [one for objects in pages() for one in objects]
    return pool, [pod for one in pool for pod in pods(one)]


def mixed(random: Random) -> str:
    """Objects of several pages in one stream, parts of their pods exchanged."""
    pool, given = parts()
    chosen = copy.deepcopy(random.choices(pool, k=random.randint(1, 4)))
    for one in chosen:
        for pod in pods(one):
            for key in random.sample(sorted(pod), random.randint(0, len(pod))):
                other = random.choice(given)
                if key in other:
                    pod[key] = copy.deepcopy(other[key])
    return written(chosen, random)


def report(
    text: str, kustomized: Kustomized, *, ask_all: bool, settings: Settings = USUAL
) -> FileReport:
    task = Task("web.yaml", settings, kustomized)
    around = Context(is_complete=True)
    if not ask_all:
        return run_bytes(text.encode(), task, RunOptions(), around)
    with _nothing_is_left_out():
        return run_bytes(text.encode(), task, RunOptions(), around)


@contextmanager
def _nothing_is_left_out() -> Iterator[None]:
    """Each document is shown to each rule."""
    everything = mock.Mock(return_value=Glimpse(~Feature(0)))
    with (
        mock.patch.object(inspect, "glance_at", everything),
        mock.patch.object(engine, "glance_at", everything),
    ):
        yield


def test_a_glance_changes_nothing() -> None:
    random = Random(81)
    examined = {False: 0, True: 0}
    with mock.patch.object(engine, "examine_chunk", wraps=engine.examine_chunk) as examine:
        for _ in range(tries(200)):
            text, kustomized = mixed(random), random.choice(KUSTOMIZED)
            found = {}
            for way in (False, True):
                examine.reset_mock()
                found[way] = report(text, kustomized, ask_all=way)
                examined[way] += examine.call_count
            assert found[False] == found[True], text
    assert examined[True] - examined[False] > tries(15)


def in_list(objects: list[dict[str, Any]]) -> str:
    return in_blocks([{"apiVersion": "v1", "kind": "List", "items": objects}])


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_item_of_a_list_has_its_rule_speak(code: str) -> None:
    for objects in EXAMPLES[code]:
        codes = set()
        for settings in (USUAL, EVERYTHING):
            quick, whole = (
                report(in_list(objects), AS_WRITTEN, ask_all=way, settings=settings)
                for way in (False, True)
            )
            assert quick == whole, objects
            codes |= {one.code for one in quick.diagnoses}
        assert code in codes


def test_only_the_item_that_has_a_feature_meets_its_rules() -> None:
    hooked = pod_of({"lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}}})
    with mock.patch.object(engine, "run_rules", wraps=engine.run_rules) as run:
        text = in_list([pod_of({}), hooked, pod_of({})])
        report(text, AS_WRITTEN, ask_all=False, settings=Settings())
    met = [{rule.code for rule, _ in call.args[1]} for call in run.call_args_list]
    assert [bool(codes) for codes in met] == [False, True, False]
    assert "GS101" in met[1]


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


# In the column of another list, or in braces with blanks inside.
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

# Labels that only a kustomization gives.
RELABELLED = """apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  selector:
    app: web
  ports:
  - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: web
        image: example.com/web:1
"""


@pytest.mark.parametrize("kustomized", KUSTOMIZED[-3:-1], ids=["selector", "template"])
def test_a_glance_knows_that_labels_are_added(kustomized: Kustomized) -> None:
    quick, whole = (report(RELABELLED, kustomized, ask_all=way) for way in (False, True))
    assert quick == whole
    assert "GS301" in {one.code for one in quick.diagnoses}


def test_a_glance_knows_that_replicas_are_added() -> None:
    labelled = "replicas: 1\n  template:\n    metadata:\n      labels:\n        app: web\n"
    text = RELABELLED.replace("replicas: 2\n  template:\n", labelled)
    for kustomized, is_found in ((AS_WRITTEN, False), (Kustomized(replicas=(("web", 3),)), True)):
        quick, whole = (report(text, kustomized, ask_all=way) for way in (False, True))
        assert quick == whole
        assert ("GS301" in {one.code for one in quick.diagnoses}) is is_found


# Words that stand nowhere in the text.
ESCAPED = {
    "GS101": """{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec":
{"containers": [{"name": "web", "image": "web", "\\u006cifecycle": {"preStop": {"exec":
{"command": ["sleep", "40"]}}}}]}}""",
    "GS700": """apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  template:
    spec:
      "termination\\x47racePeriodSeconds": 0
      containers:
      - name: db
        image: example.com/db:1
""",
    "GS502": """apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    "config.linkerd.io/shutdown\\x2dgrace-period": 90s
    linkerd.io/inject: enabled
spec:
  containers:
  - name: web
    image: example.com/web:1
""",
}


MISLEADING = UNEVEN | ESCAPED


@pytest.mark.parametrize("code", MISLEADING)
def test_a_glance_is_not_misled(code: str) -> None:
    quick, whole = (report(MISLEADING[code], AS_WRITTEN, ask_all=way) for way in (False, True))
    assert quick == whole
    assert code in {one.code for one in quick.diagnoses}


@pytest.mark.parametrize("code", RARE)
def test_a_glance_sees_what_is_rare(code: str) -> None:
    source = Source("web.yaml", RARE[code])
    for chunk in split_documents(source.text):
        assert all(map(outline_of, documents(source, chunk)))
    quick, whole = (report(RARE[code], AS_WRITTEN, ask_all=way) for way in (False, True))
    assert quick == whole
    assert code.split(maxsplit=1)[0] in {one.code for one in quick.diagnoses}


class Spoken(NamedTuple):
    """The features of a document, and the rules that find something in it when all are asked."""

    text: str
    features: Feature
    codes: frozenset[str]


@cache
def texts() -> list[tuple[str, Kustomized]]:
    """All pages, fixtures and cases."""
    found = [in_blocks(objects) for objects in (*pages(), *cases())]
    return [(text, AS_WRITTEN) for text in (*found, *RARE.values(), *MISLEADING.values())]


def more_texts() -> Iterator[tuple[str, Kustomized]]:
    """What no option of a rule is about; a part of it in `make test`."""
    random = Random(82)
    for objects in random.sample(containers(), tries(len(containers()))):
        yield in_blocks(objects), AS_WRITTEN
    for objects in random.sample(pages(), tries(len(pages()))):
        yield written(objects, random), AS_WRITTEN
    for _ in range(tries(200)):
        yield mixed(random), random.choice(KUSTOMIZED)


@cache
def spoken(settings: Settings) -> list[Spoken]:
    scope = scope_for(settings)
    found = []
    with _nothing_is_left_out(), _all_speak():
        for text, kustomized in (*texts(), *(more_texts() if settings is USUAL else ())):
            facts = collect_facts(text.encode(), "web.yaml", scope.kinds, kustomized)
            one = scope._replace(cluster=build_cluster([facts], is_complete=True))
            around = Surroundings(one.kinds, one.programs, one.cluster, kustomized)
            for chunk in split_documents(text):
                features = _features(chunk, around, scope.selection.wanted)
                examined = inspect.inspect(Source("web.yaml", chunk.text), one, kustomized)
                codes = frozenset(found.rule.code for found in examined.found)
                examined.forget()
                found.append(Spoken(chunk.text, features, codes))
    return found


def _features(chunk: Chunk, around: Surroundings, wanted: Feature) -> Feature:
    """The features of a part of a stream."""
    try:
        found = documents(Source("web.yaml", chunk.text), chunk._replace(start=0))
    except YamlError:
        return Feature(0)
    features = (glance_at(one, around, wanted).features for one in found)
    return reduce(or_, features, Feature(0))


RULES = [rule for rule in load_rules().rules if rule.subject and not rule.is_about_budgets]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(USUAL, id="usual", marks=pytest.mark.long),
        pytest.param(EVERYTHING, id="everything"),
    ],
)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_no_rule_speaks_that_is_not_asked(rule: Rule, settings: Settings) -> None:
    """By itself, too: other rules would have the document examined."""
    heard = [one for one in spoken(settings) if rule.code in one.codes]
    assert heard, "nothing has it speak"
    options = scope_for(settings).selection.options.get(rule.code, {})
    for one in heard:
        known = rule.is_about(one.features, options)
        assert known, f"not about {one.features}, and reports it\n{one.text}"


# What has a feature has these, too: a shell may run any program.
ALSO = {
    Feature.HOOK: Feature.SETTING,
    Feature.DRAIN: Feature.PROGRAM | Feature.WORKER,
    Feature.WORKER: Feature.PROGRAM,
}
# What else a pod has wherever the rule speaks: its process is a shell, or a known program; and the
# grace period of a probe is one that is written.
BESIDES = {
    "GS401": Feature.DRAIN | Feature.PROGRAM | Feature.WORKER,
    "GS403": Feature.PROGRAM,
    "GS405": Feature.PROGRAM,
    "GS704": Feature.PROGRAM,
    "GS706": Feature.GRACE,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_that_is_about_something_else_would_be_noticed(rule: Rule) -> None:
    """The law above has an example for each feature that a rule is not about, and that it is."""
    assert rule.about, "without @rule(..., about=...) every document is examined"
    every = [*spoken(USUAL), *spoken(EVERYTHING)]
    heard = [one.features for one in every if rule.code in one.codes]
    also = reduce(or_, (ALSO.get(feature, feature) for feature in rule.about))
    others = ~(rule.about | also | BESIDES.get(rule.code, also))
    always = [feature for feature in others if all(feature & one for one in heard)]
    assert not always, "every example has these: add one without to tests/data/features.yaml"
    if len(rule.about) > 1:
        forgotten = [rule.about & ~feature for feature in rule.about]
        enough = [rest for rest in forgotten if all(rest & one for one in heard)]
        assert not enough, "no example needs more: add one to tests/data/features.yaml"


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_has_its_rule_speak(code: str) -> None:
    for objects in EXAMPLES[code]:
        text = in_blocks(objects)
        found = [
            report(text, AS_WRITTEN, ask_all=False, settings=settings)
            for settings in (USUAL, EVERYTHING)
        ]
        assert code in {one.code for report in found for one in report.diagnoses}, objects


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_widens_a_rule_is_an_option(rule: Rule) -> None:
    assert rule.widened_by <= {name.replace("-", "_") for name in rule.options}


def _all_speak() -> Any:
    """No rule is silent because a stronger one speaks."""
    return mock.patch.object(engine, "_strongest", list)


def test_a_long_stream_says_what_its_parts_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts of any length, broken documents and templates among them."""
    random = Random(83)
    odd = ("a: [\n", "kind: Pod\na: [\n", "kind: Pod\nspec: {{ .Values.spec }}\n", "# k8slint\n")
    for _ in range(tries(100)):
        texts = [mixed(random) for _ in range(random.randint(1, 8))]
        if random.random() < 0.5:
            texts.insert(random.randint(0, len(texts)), random.choice(odd))
        text = "---\n".join(texts)
        whole = report(text, AS_WRITTEN, ask_all=False)
        monkeypatch.setattr(stream, "_LONG", 0)
        monkeypatch.setattr(stream, "_PART", random.choice((1, 500, 3_000)))
        assert report(text, AS_WRITTEN, ask_all=False) == whole, text
        monkeypatch.undo()


def test_the_corpus_says_the_same(corpus: Path) -> None:
    arguments = (str(corpus / "plain"), "--select", "ALL", "--output-format", "json", "-j", "1")
    quick = check(corpus, *arguments)
    with _nothing_is_left_out():
        assert check(corpus, *arguments) == quick
