"""The playground's engine finds, draws and repairs what k8slint does in CPython."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.playground import build
from k8slint import __version__
from k8slint.kubernetes.gates import GATES
from k8slint.lint.examples import read_examples
from k8slint.lint.rulebook import load_rules
from tests.places import FIXTURES, ROOT
from tests.playground.engine import (
    ALL,
    IS_INSTALLED,
    PACKAGES,
    POD,
    Engine,
    answers,
    differences,
    engine,
    page_here,
)
from tests.tables import table

FOLDER = build.HERE
# Trees as lists, of the parser that is there.
TREES = """
import json
from k8slint.shutdown.shell.grammar import _parser

def listed(node):
    children = [listed(child) for child in node.children]
    named = [node.children.index(child) for child in node.named_children]
    fields = [len(node.children_by_field_name(name)) for name in ("value", "body", "redirect")]
    body = node.child_by_field_name("body")
    counts = node.child_count, node.named_child_count
    place = node.start_byte, node.end_byte
    return [node.type, node.is_named, place, counts, named, fields, body and body.type, children]

def tree(script):
    root = _parser().parse(script.encode()).root_node
    return [root.has_error, listed(root)]

json.dumps([tree(one) for one in json.loads(given)])
"""


def scripts() -> list[str]:
    """Every script of the tables, as the grammar gets it."""
    rows = [row["script"] for row in table("hooks.yaml")["hooks"] if "script" in row]
    rows += [
        "",
        "for i in",
        "if true; then",
        "a &&" * 300 + " b",
        "\"$(echo '(')\"",
        "a <<E\nb\nE\n",
    ]
    return [re.sub(r"[^\x00-\x7f]", "%", row) for row in rows]


def manifests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every fixture, example and hook, with a name and the settings to look at it with."""
    for path in sorted(FIXTURES.rglob("*.yaml")):
        yield path.as_posix(), path.read_text(encoding="utf-8"), ALL
    for rule in load_rules().rules:
        for number, example in enumerate(read_examples(rule)):
            yield f"{rule.code} {number}", example.text, build.settings_of(rule, example)
    for row in table("hooks.yaml")["hooks"]:
        command = row.get("command") or ["sh", "-c", row["script"]]
        hook = json.dumps({"exec": {"command": command}})
        yield str(command), POD.format(grace=30, hook=hook), ALL


def test_its_versions_are_those_of_the_package() -> None:
    package = json.loads((FOLDER / "package.json").read_text("utf-8"))
    assert package["version"] == __version__
    pinned = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in pinned.items() if not version[0].isdigit()] == []
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text("utf-8")


def test_its_newest_version_is_the_newest_that_gates_know() -> None:
    minors = [int(one.rpartition(".")[2]) for one in build.versions()]
    assert minors == sorted(minors, reverse=True)
    known = {minor for gate in GATES for (_, minor), _ in gate.steps}
    assert max(known) in {minors[0], minors[0] + 1}


@pytest.mark.long
def test_the_stand_in_has_what_the_engine_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Types are checked with it in place of the compiled packages."""
    import mypy.api

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MYPYPATH", str(FOLDER / "python"))
    said, _, status = mypy.api.run(["--cache-dir", str(tmp_path), "k8slint/shutdown/shell"])
    assert status == 0, said


def test_the_page_runs_nothing_but_its_own() -> None:
    """Its policy, and no way for words to become elements."""
    page = (FOLDER / "index.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = dict(one.split(" ", 1) for one in policy[1].split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    assert set(rules.values()) == {"'self'"}
    assert re.findall(r"<script(?!(?: type=\"module\")? src=)|<style| style=| on\w+=", page) == []
    sources = "".join(path.read_text("utf-8") for path in (FOLDER / "src").glob("*.js"))
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", sources) == []
    )
    assert re.findall(r"https?://(?!www\.w3\.org/)", sources.replace("https:\\/\\/", "")) == []


def test_a_name_of_a_file_leads_nowhere(tmp_path: Path) -> None:
    page = page_here(tmp_path / "here")
    for name in ("../a.yaml", "/a.yaml", ".k8slint.yaml", "a/b.yaml", "a.sh", "", "a.yaml\n"):
        asked = {"do": "check", "files": {name: ""}, "settings": {}}
        told = json.loads(page.answer(json.dumps(asked)))
        assert "is not a name" in told.get("error", ""), name
    assert list((tmp_path / "here").iterdir()) == []


def test_a_mistake_leaves_the_files_as_they_are(tmp_path: Path) -> None:
    page = page_here(tmp_path / "here")
    web = (FIXTURES / "editor" / "deployment.yaml").read_text(encoding="utf-8")
    for text, settings, codes in (
        (web, {}, ["GS101"]),
        (web.replace("30", "3"), {"version": "no"}, None),
        (web.replace("30", "3"), {}, []),
        ("", {"select": ["GS999"]}, None),
        (web, {}, ["GS101"]),
    ):
        asked = {"do": "check", "files": {"web.yaml": text}, "settings": settings}
        told = json.loads(page.answer(json.dumps(asked)))
        if codes is None:
            assert told["error"]
        else:
            assert [one["code"] for one in told["files"]["web.yaml"]["findings"]] == codes


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine of a playground that is built of what is here."""
    folder = tmp_path_factory.mktemp("playground")
    build.build(PACKAGES, folder)
    with engine("node", folder) as one:
        yield one


@pytest.fixture
def there(need: Callable[[str], str], request: pytest.FixtureRequest) -> Engine:
    """The engine in node."""
    need("node")
    if not IS_INSTALLED:
        pytest.skip("the packages of the playground are not installed: make playground")
    found: Engine = request.getfixturevalue("started")
    return found


@pytest.mark.long
def test_the_stand_in_builds_the_trees_of_the_grammar(there: Engine) -> None:
    every = scripts()
    assert len(every) > 150
    here: dict[str, Any] = {"given": json.dumps(every)}
    *body, last = TREES.strip().splitlines()
    exec("\n".join(body), here)
    own = json.loads(eval(last, here))
    for script, one, other in zip(every, own, there.run(TREES, every), strict=True):
        assert one == other, script


def test_what_is_found_drawn_and_repaired_is_the_same(there: Engine, tmp_path: Path) -> None:
    page = page_here(tmp_path / "here")

    def ask_here(**request: Any) -> Any:
        return json.loads(page.answer(json.dumps(request)))

    different, findings = [], 0
    for name, text, settings in manifests():
        files = {"a.yaml": text}
        own = answers(ask_here, files, settings)
        findings += len(own["check"]["files"]["a.yaml"]["findings"])
        others = answers(lambda **request: there.ask(**request).answer, files, settings)
        different += [f"{name}: {one}" for one in differences(own, others)]
    assert different == []
    assert findings > 300


def test_files_come_change_and_go(there: Engine) -> None:
    """A budget in another file says something about a workload, as long as it is there."""
    web = (FIXTURES / "editor" / "deployment.yaml").read_text(encoding="utf-8")
    budget = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: shop}\n"
        "spec:\n  maxUnavailable: 0\n  selector: {matchLabels: {app: shop}}\n"
    )
    for files, codes in (
        ({"web.yaml": web}, ["GS101"]),
        ({"web.yaml": web, "budget.yaml": budget}, ["GS101", "GS703"]),
        ({"web.yaml": web.replace("30", "3"), "budget.yaml": budget}, ["GS703"]),
        ({"web.yaml": web.replace("30", "3")}, []),
        ({"other.yaml": web}, ["GS101"]),
    ):
        told = there.ask(do="check", files=files, settings={}).answer["files"]
        assert list(told) == list(files)
        assert sorted(one["code"] for file in told.values() for one in file["findings"]) == codes


def test_mistakes_are_answered(there: Engine) -> None:
    asked = {"do": "check", "files": {"a.yaml": ""}}
    for settings, why in (({"select": ["GS999"]}, "GS999"), ({"version": "1.x"}, "1.x")):
        assert why in there.ask(**asked, settings=settings).answer["error"]
    assert there.ask(**asked, settings={}).answer["files"]["a.yaml"]["findings"] == []


def test_a_deep_script_does_not_end_the_engine(there: Engine, tmp_path: Path) -> None:
    page = page_here(tmp_path / "here")
    for script in ("a && " * 9_000 + "b", "(" * 190 + "a" + ")" * 190, "a | " * 5_000 + "b"):
        hook = json.dumps({"exec": {"command": ["sh", "-c", f"{script}; sleep $X"]}})
        asked = {"do": "check", "files": {"a.yaml": POD.format(grace=30, hook=hook)}}
        here = json.loads(page.answer(json.dumps({**asked, "settings": {}})))
        assert there.ask(**asked, settings={}).answer == here
