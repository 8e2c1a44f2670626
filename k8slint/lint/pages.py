"""Compare rules with the examples on their pages, our own rules and custom ones alike.

The test of a folder of custom rules is one line: `assert check_pages(folder) == []`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from k8slint.lint.examples import Example, read_examples
from k8slint.lint.rule import Rule, Severity
from k8slint.lint.rulebook import load_rules
from k8slint.lint.rulefile import OURS
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task


def check_pages(folder: Path) -> list[str]:
    """Return where the rules of a folder do not do what their pages say, each as a sentence.

    Raises UsageError for a file that is not a rule.
    """
    folders = (folder.absolute(),)
    own = [rule for rule in load_rules(folders).rules if not rule.code.startswith(OURS)]
    return [f"{rule.file}: {what}" for rule in own for what in _about_page(rule, folders)]


def prepare_example(
    rule: Rule, example: Example, folders: tuple[Path, ...] = ()
) -> tuple[Task, Context]:
    """Return how an example is run: with its one rule, and the settings it names."""
    settings = Settings(
        select=(rule.code, *example.select),
        fail_on=Severity.INFO,
        target=example.target,
        options=tuple((rule.code, name, value) for name, value in example.options),
        preview=True,
        rule_folders=folders,
    )
    return Task("x.yaml", settings), Context(is_complete=example.is_complete)


def compare_page(rule: Rule, example: Example, folders: tuple[Path, ...] = ()) -> Iterator[str]:
    """Yield where a rule reports or fixes something else in an example than its page shows."""
    task, around = prepare_example(rule, example, folders)
    report = run_bytes(example.text.encode(), task, RunOptions(), around)
    if report.error:
        yield report.error
        return
    found = sorted((one.at.line, one.message) for one in report.diagnoses)
    lines, marked = [line for line, _ in found], [line for line, _ in example.marks]
    if lines != marked:
        yield f"the rule reports lines {lines}, the page marks lines {marked}"
    else:
        for (line, message), (_, mark) in zip(found, example.marks, strict=True):
            if mark not in message:
                yield f"line {line}: the rule reports {message!r}, the page marks {mark!r}"
    yield from _of_fix(example, task, around)


def find_gaps(rule: Rule) -> Iterator[str]:
    """Yield what is missing on the page of a rule, each as a sentence."""
    own = list(read_examples(rule))
    if not any(example.marks for example in own):
        yield "no example shows what the rule reports (```yaml bad, with # <-- and its words)"
    if not any(example.kind == "good" for example in own):
        yield "no example shows what the rule does not report (```yaml good)"
    if rule.fix and not any(example.fixed for example in own):
        yield "no example shows the fix (```yaml fixed, below a bad one)"
    if not rule.fix and not rule.unfixed:
        yield "it does not say why there is no fix: @rule(..., unfixed=...)"


def _about_page(rule: Rule, folders: tuple[Path, ...]) -> Iterator[str]:
    yield from find_gaps(rule)
    for number, example in enumerate(read_examples(rule), start=1):
        for difference in compare_page(rule, example, folders):
            yield f"example {number} ({example.kind}): {difference}"


def _of_fix(example: Example, task: Task, around: Context) -> Iterator[str]:
    mode = RunOptions(fix=True, unsafe=True)
    report = run_bytes(example.text.encode(), task, mode, around)
    yield from report.failed
    text = report.text or b""
    wanted = example.fixed or example.text
    if text.decode() != wanted:
        yield f"--fix --unsafe-fixes writes\n{text.decode()}, the page shows\n{wanted}"
    again = run_bytes(text, task, mode, around)
    if again.text != text:
        yield "a second --fix changes the text again"
    if example.fixed and again.diagnoses:
        yield "the rule still reports the fixed text"
