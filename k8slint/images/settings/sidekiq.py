"""Sidekiq's `sidekiq.yml`: its top, which a section of an environment may replace."""

from __future__ import annotations

import re

from k8slint.images.settings.found import FoundSetting

_NAME = "timeout"
_LINE = r""":?["']?timeout["']?:[ \t]+["']?(\d{1,6})["']?[ \t]*(?:#.*)?"""


def read_sidekiq(text: str) -> FoundSetting | None:
    """Read a file that is a template of ERB, as Sidekiq does, by its literals."""
    found: FoundSetting | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if _NAME not in line or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(_LINE, line.rstrip())
        if found or match is None or "<%" in text:
            return FoundSetting(_NAME, None, number)
        found = FoundSetting(_NAME, float(match[1]), number)
    return found or (FoundSetting(_NAME, None) if "<%" in text else None)
