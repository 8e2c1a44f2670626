"""Rule pages with a picture below each example about time."""

from __future__ import annotations

import re

from k8slint.lint.examples import without_marks
from k8slint.lint.rule import Rule
from k8slint.lint.settings import Settings
from k8slint.lint.task import Task
from k8slint.picture import terminal
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import Played

# The rules that compare the shutdown with the grace period.
_ABOUT_TIME = re.compile(r"GS001|GS1\d\d")
_EXAMPLE = re.compile(r"^```yaml (?:bad|fixed)[^\n]*\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def is_about_time(rule: Rule) -> bool:
    """Whether the examples of a rule are understood best from their timelines."""
    return bool(_ABOUT_TIME.fullmatch(rule.code))


def add_pictures(rule: Rule) -> Rule:
    """Return the rule with pictures on its page, unchanged if it is not about time."""
    if not is_about_time(rule):
        return rule
    return rule._replace(text=_EXAMPLE.sub(_with_picture, rule.page))


def _with_picture(example: re.Match[str]) -> str:
    text = without_marks(example[1])
    staged = play_bytes(text.encode(), Task("example.yaml", Settings()), Played())
    drawn = [scene for scene in staged.scenes if scene.timeline]
    if not drawn:
        return example[0]
    return f"{example[0]}\n```text\n{terminal.render(drawn, legend=False).rstrip()}\n```\n"
