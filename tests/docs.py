"""Bring the generated parts of the README and the configuration schema up to date.

`python tests/docs.py` writes them; `test_docs.py` compares.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from k8slint.config.schema import SHIPPED, as_text
from k8slint.lint.rulebook import load_rules
from k8slint.report import page
from tests.places import ROOT

README = ROOT / "README.md"


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


if __name__ == "__main__":
    README.write_text(readme(), encoding="utf-8")
    SHIPPED.write_text(as_text(load_rules()), encoding="utf-8")
