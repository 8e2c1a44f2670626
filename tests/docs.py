"""Bring the generated parts of the README, the rule table and the configuration schema up to date.

`python tests/docs.py` writes them; `test_docs.py` compares.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

from k8slint.config.schema import SHIPPED, as_text
from k8slint.lint.rule import Rule, Severity
from k8slint.lint.rulebook import load_rules
from k8slint.lint.rulefile import load_rule, rule_files, shipped_folder
from k8slint.report import page
from k8slint.shutdown.features import Feature
from tests.places import ROOT

README = ROOT / "README.md"
RULE_TABLE = ROOT / "k8slint" / "lint" / "shipped.py"


def shown(*arguments: str) -> str:
    """What a command prints, as it looks without colour."""
    command = [sys.executable, "-m", "k8slint", *arguments]
    env = {**os.environ, "NO_COLOR": "1"}
    result = subprocess.run(
        command, cwd=ROOT, env=env, check=False, capture_output=True, encoding="utf-8"
    )
    return f"```console\n$ k8slint {' '.join(arguments)}\n{result.stdout}{result.stderr}```"


def readme() -> str:
    """The README with its generated parts as they are now."""
    text = README.read_text(encoding="utf-8")
    parts = {
        "demo": shown("check", "fixtures/demo"),
        "timeline": shown("timeline", "fixtures/demo/shop/web.yaml"),
        "facts": shown("facts", "nginx:1.27-alpine"),
        "rules": page.table(load_rules().rules, markdown=True),
    }
    if shutil.which("kustomize"):  # Without it that part stays as it is.
        parts["rendered"] = shown(
            "check", "--render", "fixtures/rendered/kustomize-grace-in-patch"
        )
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}{part.rstrip()}\n{end}{tail}"
    return text


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
    README.write_text(readme(), encoding="utf-8")
    SHIPPED.write_text(as_text(load_rules()), encoding="utf-8")
