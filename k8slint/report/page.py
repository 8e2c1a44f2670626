"""A rule's page, and the table of rules."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from k8slint.lint.rule import Rule
from k8slint.lint.rulefile import OURS
from k8slint.outside.terminal import fit_json

SITE = "https://k8slint.github.io/k8slint/"

_ARROW = re.compile(r"# <-- ?")
_FENCE = re.compile(r"^```yaml (bad|fixed|good)(.*)$", re.MULTILINE)


def url(code: str) -> str:
    """Return where a rule's page is published; empty for a custom rule."""
    if not code.startswith(OURS):
        return ""
    return f"{SITE}rules/{code.lower()}/"


def table(rules: Sequence[Rule], *, markdown: bool) -> str:
    """Return a table with one line for each rule."""
    head = ("Code", "Name", "Severity", "Default", "Fix", "What it finds")
    rows = [
        (
            rule.code,
            rule.name,
            str(rule.severity),
            _default(rule),
            rule.fix or "none",
            rule.summary,
        )
        for rule in rules
    ]
    if markdown:
        lines = [head, tuple("---" for _ in head)]
        lines += [
            (_linked(rule), f"`{row[1]}`", *row[2:]) for row, rule in zip(rows, rules, strict=True)
        ]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(5)]
    return "".join(
        "  ".join([*(part.ljust(width) for part, width in zip(row, widths, strict=False)), row[5]])
        + "\n"
        for row in [head, *rows]
    )


def markdown(rule: Rule) -> str:
    """Return the page of a rule."""
    facts = [
        f"severity {rule.severity}",
        "in preview" if rule.preview else f"{_default(rule)} by default",
        f"{rule.fix} fix" if rule.fix else "no fix",
        f"since {rule.since}",
    ]
    summary, _, body = rule.page.strip().partition("\n")
    body = _FENCE.sub(lambda match: f'```yaml title="{match[1]}"', body)
    page = f"# {rule.code} {rule.name}\n\n{summary} ({', '.join(facts)})\n{_ARROW.sub('# ', body)}"
    if rule.unfixed and not rule.fix:
        page = f"{page.rstrip()}\n\n## Fix safety\nThere is no fix: {rule.unfixed}."
    if rule.options:
        options = "\n".join(
            f"- `{name}`: {str(value).lower()}" for name, value in rule.options.items()
        )
        page += f"\n\n## Options\n{options}"
    return page.rstrip() + "\n"


def as_json(rules: Sequence[Rule]) -> str:
    """Return rules as JSON."""
    data = [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": str(rule.severity),
            "default": rule.default,
            "preview": rule.preview,
            "fix": rule.fix,
            "unfixed": rule.unfixed,
            "since": rule.since,
            "summary": rule.summary,
            "options": dict(rule.options),
            "url": url(rule.code),
            "page": rule.page.strip(),
        }
        for rule in rules
    ]
    return fit_json(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def _default(rule: Rule) -> str:
    if rule.preview:
        return "preview"
    if rule.needs_version:
        return "on with a version"
    return "on" if rule.default else "off"


def _linked(rule: Rule) -> str:
    link = url(rule.code)
    return f"[{rule.code}]({link})" if link else rule.code
