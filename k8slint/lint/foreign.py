"""Rules of other people, loaded from their folders and checked: they may be anything."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from k8slint.errors import EndedBySignal, UsageError
from k8slint.lint.rule import Rule, kebab
from k8slint.lint.rulefile import CODE, OURS, load_rule, rule_files
from k8slint.outside.terminal import printable
from k8slint.shutdown.features import Feature
from k8slint.type_names import NoReturn

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


def load_custom_rules(folders: Sequence[Path], ours: Sequence[Rule]) -> Iterator[Rule]:
    """The rules in folders; `file` of each is its path.

    Raises UsageError with the file and line of a mistake, such as a name that another rule has.
    """
    taken = {word: rule.file for rule in ours for word in (rule.code, rule.name)}
    for number, folder in enumerate(folders):
        if not folder.is_dir():
            raise UsageError(f"--rules: {folder} is not a folder")
        paths = rule_files(folder)
        if not paths:
            raise UsageError(f"--rules: {folder} holds no rule file (*.py)")
        for path in paths:
            rule = _loaded(path, f"k8slint.rules.{number}.{path.stem}")
            for word in (rule.code, rule.name):
                if word in taken:
                    _refuse(rule, f"{word} is taken by the rule in {taken[word]}")
                taken[word] = rule.file
            yield rule


def _loaded(path: Path, name: str) -> Rule:
    try:
        with redirect_stdout(sys.stderr):  # The other one is for findings.
            rule = load_rule(path, name)
    except (UsageError, KeyboardInterrupt, EndedBySignal):
        raise
    except BaseException as error:  # noqa: BLE001 - any code may raise anything
        _blame(path, error)
    rule = rule._replace(file=str(path))
    code = re.fullmatch(CODE, str(rule.code))
    if not code or code[1] == OURS:
        what = f"letters other than {OURS}, and three digits: ACME001"
        _refuse(rule, f"the code {rule.code!r} of a custom rule is not {what}")
    said: object = rule.name
    if not isinstance(said, str) or not _NAME.fullmatch(said):
        _refuse(rule, f"the name {said!r} is not lower-case words joined by hyphens")
    if rule.subject not in ("Container", "Pod", "Shutdown", "Workload"):
        _refuse(rule, "the first parameter is not a Container, Pod, Shutdown or Workload")
    fix: object = rule.fix
    if fix not in (None, "safe", "unsafe"):
        _refuse(rule, f"fix={fix!r} is not safe or unsafe: leave it out where there is no fix")
    about: object = rule.about
    if about is not None and not isinstance(about, Feature):
        _refuse(rule, f"about={about!r} is not a Feature, such as Feature.HOOK of k8slint.api")
    _check_options(rule)
    return rule


def _check_options(rule: Rule) -> None:
    takes = rule.check.__code__
    options = takes.co_varnames[takes.co_argcount :][: takes.co_kwonlyargcount]
    for option in options:
        if option == "severity":
            _refuse(rule, "no option can be called severity: that is a setting of every rule")
        if not isinstance(rule.options.get(kebab(option)), (int, str)):
            _refuse(rule, f"the option {option} has no default that is an int, a bool or a str")
    for option in rule.widened_by.difference(options):
        _refuse(rule, f"widened_by: no option is called {option}")


def _blame(path: Path, error: BaseException) -> NoReturn:
    """Tell what a rule file raised, and on which of its lines."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines, what = [error.lineno], error.msg
    if isinstance(error, SystemExit):
        what = "it ends the program: a rule file is imported, put what runs it elsewhere"
    line = f":{lines[-1]}" if lines and lines[-1] else ""
    what = printable(" ".join(str(what).split()))
    raise UsageError(f"{path}{line}: the rule cannot be loaded: {what}") from None


def _refuse(rule: Rule, message: str) -> NoReturn:
    raise UsageError(f"{rule.file}:{rule.check.__code__.co_firstlineno}: {message}")
