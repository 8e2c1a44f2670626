"""Files that hold a rule each."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.lint.rule import LateCheck, Rule, Severity
from k8slint.type_names import Any

# The letters of k8slint's codes.
OURS = "GS"
CODE = r"(?a)([A-Z]+)(\d{3})"


def rule_files(folder: Path) -> list[Path]:
    """The files of a folder that hold a rule each."""
    files = (path for path in folder.iterdir() if path.name.endswith(".py"))
    return sorted((path for path in files if path.name[0] != "_"), key=lambda path: path.name)


def shipped_rule(
    file: str, code: str, name: str, severity: Severity, since: str, **more: Any
) -> Rule:
    """A rule of k8slint, whose file is imported when it is needed; `more` as in Rule."""

    def load() -> Rule:
        loaded = load_rule(shipped_folder() / file, f"k8slint.rules.{file.removesuffix('.py')}")
        if loaded._replace(check=rule.check, text="") != rule:
            raise UsageError(f"rules/{file} has changed: run `make docs`")
        return loaded

    rule = Rule(code, name, severity, since, LateCheck(load), file=file, **more)
    return rule


@cache
def shipped_folder() -> Path:
    """The rule book: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def load_rule(path: Path, name: str) -> Rule:
    """The rule of a file, which is run as the module of a name.

    Raises UsageError where there is none, and whatever the file raises.
    """
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    rule = vars(module).get("check")
    if not isinstance(rule, Rule):
        raise UsageError(f"{path}: no rule: the function `check` with @rule above it is missing")
    return rule._replace(text=module.__doc__ or "", file=path.name)
