"""Bring the generated parts of the documentation, the rule table and the schema up to date.

`python tests/docs.py` writes them; `test_docs.py` compares.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from k8slint.api import fix
from k8slint.config.schema import SHIPPED, as_text
from k8slint.images.public import PUBLIC_IMAGES
from k8slint.lint.rule import Rule, Severity
from k8slint.lint.rulebook import load_rules
from k8slint.lint.rulefile import load_rule, rule_files, shipped_folder
from k8slint.lint.settings import Settings
from k8slint.lint.task import Task
from k8slint.picture import svg
from k8slint.picture.frame import LEAST_WIDTH
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import Played
from k8slint.report import page
from k8slint.report.page import SITE
from k8slint.shutdown.features import Feature
from k8slint.shutdown.programs.known import KNOWN
from tests.command import k8slint
from tests.manual import completions, manual
from tests.oracle.table import RECORDED, Figures
from tests.places import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
# The manifest of the first picture.
SHOWN = "docs/picture/web.yaml"
# A part that shows a file, and how its language is called in a fence.
_FILE = re.compile(r"<!-- file (\S+) -->\n(?:.*?\n)??<!-- /file -->", re.DOTALL)
_LANGUAGES = {
    ".conf": "nginx",
    ".cs": "csharp",
    ".go": "go",
    ".java": "java",
    ".mjs": "js",
    ".properties": "properties",
    ".py": "python",
    ".rb": "ruby",
    ".ru": "ruby",
    ".yaml": "yaml",
    "php-fpm.conf": "ini",
}
RULE_TABLE = ROOT / "k8slint" / "lint" / "shipped.py"


def shown(*arguments: str) -> str:
    """What a command prints, as it looks without colour."""
    ran = k8slint(ROOT, *arguments, env={"NO_COLOR": "1"})
    return f"```console\n$ k8slint {' '.join(arguments)}\n{ran.text}{ran.err}```"


def pages() -> dict[Path, str]:
    """The pages with generated parts, as they are now."""
    makers = parts()
    found = {}
    for path in [README, *sorted(DOCS.rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for name, make in makers.items():
            begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
            if begin in text:
                head, _, rest = text.partition(begin)
                text = f"{head}{begin}{make().rstrip()}\n{end}{rest.partition(end)[2]}"
                found[path] = text
        if _FILE.search(text):
            found[path] = _FILE.sub(_file, text)
    return found


def _file(match: re.Match[str]) -> str:
    """A file of the repository in a fence, below its mark."""
    path = ROOT / match[1]
    fence = f'```{_LANGUAGES.get(path.name) or _LANGUAGES[path.suffix]} title="{path.name}"'
    shown = path.read_text(encoding="utf-8").rstrip()
    return f"<!-- file {match[1]} -->\n{fence}\n{shown}\n```\n<!-- /file -->"


def parts() -> dict[str, Callable[[], str]]:
    """What makes each generated part."""
    makers: dict[str, Callable[[], str]] = {
        "demo": lambda: shown("check", "fixtures/demo"),
        "finding": lambda: shown("check", SHOWN),
        "timeline": lambda: shown("timeline", "fixtures/demo/shop/web.yaml"),
        "facts": lambda: shown("facts", "nginx:1.27-alpine"),
        "rules": lambda: page.table(load_rules().rules, markdown=True),
        "numbers": _numbers,
        "oracle": _oracle,
    }
    if shutil.which("kustomize"):  # Without it that part stays as it is.
        rendered = "fixtures/rendered/kustomize-grace-in-patch"
        makers["rendered"] = lambda: shown("check", "--render", rendered)
    return makers


def pictures() -> dict[Path, str]:
    """The picture that the README and the site open with: a stop before and after its repair."""
    text = (ROOT / SHOWN).read_text(encoding="utf-8")
    scenes = []
    for title, manifest in (("as it is", text), ("after --fix", fix(text).text)):
        (scene,) = play_bytes(manifest.encode(), Task("web.yaml", Settings()), Played()).scenes
        scenes.append(replace(scene, part=title))
    drawn = {"": svg.render(scenes), "narrow-": svg.render(scenes, LEAST_WIDTH)}
    themes: tuple[svg.Theme, ...] = ("light", "dark")
    return {
        DOCS / "picture" / f"{width}{theme}.svg": svg.in_theme(drawing, theme)
        for width, drawing in drawn.items()
        for theme in themes
    }


def _numbers() -> str:
    """What makes k8slint different, where it is counted."""
    rules = load_rules().rules
    images = {name for row in PUBLIC_IMAGES for name in row.names}
    newest = max(RECORDED.glob("*.json"), key=lambda path: path.stem)
    recorded = json.loads(newest.read_text(encoding="utf-8"))
    figures = Figures(**recorded["figures"])
    version = recorded["version"].removeprefix("v")
    fixed = sum(bool(rule.fix) for rule in rules)
    return "\n".join(
        (
            _item(
                f"**It models the stop instead of matching patterns.** {len(rules)} rules share"
                " one model of hook, stop signal, drain and deadline. It knows how"
                f" {len(KNOWN)} programs drain and what {len(images)} public images run."
            ),
            _item(
                "**It agrees with Kubernetes.** It reports"
                f" {figures.rejected_share:.1f}% of {figures.rejected:,} mutated manifests that"
                f" the API server's own code ({version}) rejects. On a real kubelet, the time"
                " until SIGKILL was exactly as computed for 39 of 40 containers"
                f" ([how both are measured]({SITE}agreement/))."
            ),
            _item(
                f"**Repairs change only the bytes that must change.** {fixed} rules have a fix."
                " Comments, quotes and indentation stay as they are, and two independent parsers"
                " check the result before it is written."
            ),
        )
    )


def _item(text: str) -> str:
    return textwrap.fill(
        f"- {text}", 110, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _oracle() -> str:
    """The figures of the recorded tables, for each version of Kubernetes."""
    lines = ["| Kubernetes | Objects | What is wrong | Reported |", "| --- | ---: | --- | ---: |"]
    for path in sorted(RECORDED.glob("*.json"), reverse=True):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        figures = Figures(**recorded["figures"])
        for count, sort, share in (
            (figures.rejected, "rejected whoever sends them", figures.rejected_share),
            (figures.unknown, "with a field the API does not know", figures.unknown_share),
        ):
            version = recorded["version"].removeprefix("v")
            lines.append(f"| {version} | {count:,} | {sort} | {share:.1f}% |")
    return "\n".join(lines)


def rule_table() -> str:
    """The module that says what each rule is about, as the rules are now."""
    rows = [_row(load_rule(path, path.stem)) for path in rule_files(shipped_folder())]
    head, mark, _ = RULE_TABLE.read_text(encoding="utf-8").partition("SHIPPED_RULES = (\n")
    return "".join((head, mark, *rows, ")\n"))


def _row(rule: Rule) -> str:
    """What a rule says of itself, but for its check and its page."""
    said = rule._asdict()
    words = [_code(said.pop(name)) for name in ("file", "code", "name", "severity", "since")]
    said = {name: value for name, value in said.items() if name not in ("check", "text")}
    usual = Rule._field_defaults
    words += [f"{name}={_code(value)}" for name, value in said.items() if value != usual[name]]
    return f"    shipped_rule({', '.join(words)}),\n"


def _code(value: object) -> str:
    """The source text of a value, with double quotes and in a stable order."""
    match value:
        case Feature():
            return " | ".join(f"Feature.{one.name}" for one in value)
        case Severity():
            return f"Severity.{value.name}"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case frozenset():
            return f"frozenset([{', '.join(map(_code, sorted(value)))}])"
        case dict():
            return f"{{{', '.join(f'{_code(key)}: {_code(one)}' for key, one in value.items())}}}"
    return repr(value)


if __name__ == "__main__":
    if (table := rule_table()) != RULE_TABLE.read_text(encoding="utf-8"):
        RULE_TABLE.write_text(table, encoding="utf-8")
        os.execv(sys.executable, [sys.executable, *sys.argv])  # The old table is imported.
    for path, text in (pages() | pictures() | manual() | completions()).items():
        path.write_text(text, encoding="utf-8")
    SHIPPED.write_text(as_text(load_rules()), encoding="utf-8")
