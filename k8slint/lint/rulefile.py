"""Files that hold a rule each."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.lint.rule import Rule

# The letters of k8slint's codes.
OURS = "GS"
CODE = r"(?a)([A-Z]+)(\d{3})"


def rule_files(folder: Path) -> list[Path]:
    """The files of a folder that hold a rule each."""
    return sorted(folder.glob("[!_]*.py"))


def load_rule(path: Path, name: str) -> Rule:
    """The rule of a file, which is run as the module of a name.

    Raises UsageError where there is none, and whatever the file raises.
    """
    spec = spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    rule = vars(module).get("check")
    if not isinstance(rule, Rule):
        raise UsageError(f"{path}: no rule: the function `check` with @rule above it is missing")
    return rule._replace(page=module.__doc__ or "", file=path.name)
