"""What a run looks for, and in which cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from k8slint.kubernetes.versions import Target
from k8slint.lint.rule import Severity

# The file of known findings, in the folder of the configuration.
BASELINE = ".k8slint-baseline.json"


class CustomProgram(NamedTuple):
    """A program with a drain setting that a user knows: the arguments of `program.custom`."""

    name: str
    command: str
    flag: str = ""
    env: str = ""
    unit: str = "s"
    default: float = -1


@dataclass(frozen=True)
class Settings:
    """Settings of one folder, from its configuration and the command line.

    `exclude` holds gitignore patterns relative to `root`, `context` paths; `options` holds options
    of rules, each as the rule's code or name, the option and its value; `programs` those known
    only to the user.
    """

    root: Path = field(default_factory=Path.cwd)
    select: tuple[str, ...] = ("DEFAULT",)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    target: Target = field(default_factory=Target)
    options: tuple[tuple[str, str, int | str], ...] = ()
    programs: tuple[CustomProgram, ...] = ()
