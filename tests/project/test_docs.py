"""What the documentation shows is what the tool does."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from k8slint.api import check_pages
from k8slint.cli import commands
from k8slint.cli.check.options import FORMATS
from k8slint.cli.in_typer import app
from k8slint.config.load import Reader
from k8slint.config.load import load_config as load_file
from k8slint.config.origin import Origin
from k8slint.config.schema import SHIPPED, as_text
from k8slint.images.build_files import Build
from k8slint.lint.rulebook import load_rules
from k8slint.measure.drains.file import MOST_ROWS, parse_drains
from k8slint.measure.drains.write import MOST_IMAGES, MOST_TIMES
from k8slint.outside.files import DRAINS_LIMIT
from k8slint.shutdown.measured import LEAST_STOPS, MOST_DAYS
from k8slint.workspace import Workspace
from tests.command import make
from tests.places import ROOT

PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
MARKS = re.compile(r"^<!-- (\w+) -->$", re.MULTILINE)
# Files of this repository by their address.
OURS_ELSEWHERE = re.compile(
    r"https://(?:raw\.githubusercontent\.com/k8slint/k8slint|github\.com/k8slint/k8slint/\w+)"
    r"/main/([^)\"#\s]+)"
)


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", ROOT / "tests" / "docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_show_what_the_tool_prints(docs: ModuleType) -> None:
    pages = docs.pages()
    stale = [path for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run: make docs"
    assert {"README.md", "index.md", "usage.md", "facts.md"} <= {path.name for path in pages}


def test_the_first_picture_is_what_the_tool_draws(docs: ModuleType) -> None:
    for path, text in docs.pictures().items():
        assert path.read_text(encoding="utf-8") == text, "run: make docs"


def test_every_generated_part_has_a_maker(docs: ModuleType) -> None:
    """A mark that nothing fills would keep what was true once."""
    begun = {mark for page in PAGES for mark in MARKS.findall(page.read_text(encoding="utf-8"))}
    by_hand = {"config", "formats", "api", "glossary", "own"}
    assert begun - by_hand - {"rendered"} == docs.parts().keys() - {"rendered"}


def test_the_table_of_rules_says_what_they_say(docs: ModuleType) -> None:
    assert docs.RULE_TABLE.read_text(encoding="utf-8") == docs.rule_table(), "run: make docs"


def test_the_schema_has_every_option() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == as_text(load_rules()), "run: make docs"


def test_the_shown_configuration_is_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- config -->\n```yaml\n(.*?)```", page, re.DOTALL)
    assert shown
    make(tmp_path, {".k8slint.yaml": shown[1], "image-configs/web.json": '{"config": {}}'})
    make(tmp_path, {"build/Dockerfile": "FROM scratch\n"})
    make(tmp_path, {"drains.yaml": "version: 1\ndrains: []\n"})
    settings = Workspace().settings_of(str(tmp_path))
    assert [one.names for one in settings.images] == [("docker.io/library/web:latest",)]
    assert [one.build for one in settings.dockerfiles] == [Build("build/Dockerfile", "prod")]
    assert settings.target.minor == (1, 34)
    assert settings.ignore == ("prefer-native-sleep",)
    assert [one.kind for one in settings.pod_templates] == ["Shop"]


def test_the_file_in_the_recipe_of_measured_drains_is_valid(tmp_path: Path) -> None:
    recipe = (ROOT / "docs" / "recipes" / "measured.md").read_text(encoding="utf-8")
    shown, named = re.findall(r"```yaml\n(.*?)```", recipe, re.DOTALL)
    (row,) = parse_drains(shown.encode(), "drains.yaml").rows
    make(tmp_path, {"drains.yaml": "version: 1\ndrains: []\n", ".k8slint.yaml": named})
    measured = Workspace().settings_of(str(tmp_path)).measured
    assert measured
    assert (measured.least_stops, measured.most_days) == (LEAST_STOPS, MOST_DAYS)
    assert row.basis == "max of 41 stops until 2026-11-20, 2 of them killed"
    assert f"{MOST_TIMES} `times`" in " ".join(recipe.split())
    assert (MOST_IMAGES, MOST_ROWS, DRAINS_LIMIT) == (3, 2000, 1_000_000)


def test_the_rows_in_the_recipe_are_valid(tmp_path: Path) -> None:
    recipe = (ROOT / "docs" / "recipes" / "programs.md").read_text(encoding="utf-8")
    shown = re.findall(r"```yaml\n(.*?)```", recipe, re.DOTALL)
    names = []
    for number, text in enumerate(shown):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        settings = load_file(Origin(str(file), "", ()), Reader())
        names += [one.name for one in settings.programs]
        names += [one.kind for one in settings.pod_templates]
    assert names == ["shop server", "order worker", "Shop"]


def test_the_test_of_own_rules_in_the_guide_passes_and_fails(tmp_path: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- own -->\n```python\n(.*?)```", guide, re.DOTALL)
    assert shown
    names: dict[str, Any] = {}
    exec(shown[1], names)
    ours = (ROOT / "rules" / "gs106_zero_grace_period.py").read_text(encoding="utf-8")
    own = ours.replace("GS106", "ACME106").replace("zero-grace-period", "acme-grace-period")
    for folder, text in (("good", own), ("bad", own.replace("# <-- ", "# <-- not "))):
        (tmp_path / folder / "rules").mkdir(parents=True)
        (tmp_path / folder / "rules" / "acme106.py").write_text(text, encoding="utf-8")
    with contextlib.chdir(tmp_path / "good"):
        names["test_the_rules_do_what_their_pages_say"]()
    with contextlib.chdir(tmp_path / "bad"), pytest.raises(AssertionError):
        names["test_the_rules_do_what_their_pages_say"]()


def test_the_own_rule_in_the_guide_does_what_its_page_says(tmp_path: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- own-rule -->\n````python\n(.*?)````", guide, re.DOTALL)
    assert shown
    (tmp_path / "endless_grace_period.py").write_text(shown[1], encoding="utf-8")
    assert check_pages(tmp_path) == []
    imported = re.findall(r"^from (\S+) import", shown[1], re.MULTILINE)
    assert imported == ["collections.abc", "k8slint.api"]


PACKAGE = ROOT / "k8slint"


def test_the_glossary_gives_names_of_the_code() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    glossary = guide.partition("<!-- glossary -->")[2].partition("<!-- /glossary -->")[0]
    rows = re.findall(r"^\| (`.+?`) \| `(.+?)` \|", glossary, re.MULTILINE)
    given = {name: file for names, file in rows for name in re.findall(r"`(\w+)`", names)}
    gone = [
        f"{file} has no {name}"
        for name, file in given.items()
        if not re.search(rf"^(class )?{name}\b", (PACKAGE / file).read_text("utf-8"), re.MULTILINE)
    ]
    assert not gone, "CONTRIBUTING.md, glossary"
    picture = re.findall(r"\b[A-Z]\w+", glossary.partition("```text")[2].partition("```")[0])
    assert {*picture} < {*given}, "the picture has names that the table does not explain"


def test_the_table_names_every_format() -> None:
    reports = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    _, _, table = reports.partition("<!-- formats -->")
    named = re.findall(r"^\| `([\w-]+)`", table.partition("<!--")[0], re.MULTILINE)
    assert named == [*FORMATS], "add each to the table of formats in docs/reports.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [page.parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)", text)]
    links += [ROOT / link for link in OURS_ELSEWHERE.findall(text)]
    assert [link for link in links if not link.exists()] == []


def test_the_readme_is_whole_where_it_is_copied_to() -> None:
    """PyPI shows it, and knows no file beside it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    addresses = re.findall(r"\]\(([^)]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", readme)
    assert addresses
    assert all(one.startswith("https://") for pair in addresses for one in pair if one)


def test_the_readme_starts_with_a_picture_and_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [readme.index(word) for word in ("<picture>", "make demo", "make test", "## Install")]
    assert shown == sorted(shown)
    assert readme.index("```sh") < shown[1] < readme.index("```", readme.index("```sh") + 3)
    assert len(readme.splitlines()) < 100, "one screen: the rest goes to docs/"


COMMANDS = re.compile(r"\bk8slint ((?:check|explain|timeline|config)\b[^\n|<>#'`;]*)")


def shown_commands() -> list[str]:
    """The calls that the documentation shows in code blocks, and `--help` as examples."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / ".gitlab").glob("*")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(
        r"^ *```(?:sh|yaml|groovy|console).*?^ *```", text, re.MULTILINE | re.DOTALL
    )
    helps = [COMMAND.get_command(None, name).epilog or "" for name in commands.COMMANDS]
    return sorted({*COMMANDS.findall("\n".join((*blocks, *helps)))})


COMMAND: Any = typer.main.get_command(app)


@pytest.mark.parametrize("line", shown_commands())
def test_a_shown_command_is_understood(line: str) -> None:
    name, *arguments = shlex.split(line.replace("$", "_").rstrip("\\"))
    COMMAND.get_command(None, name).make_context(name, arguments)
