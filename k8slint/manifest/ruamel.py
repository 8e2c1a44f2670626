"""ruamel.yaml's own parser, which is all in Python, without the rest of ruamel.yaml.

`YAML(typ="safe", pure=True).parse(text)` yields the same events and takes a quarter longer: it
reaches the reader and the scanner through two properties each time, and looks ten times for each
token whether it is certain yet.
"""

from __future__ import annotations

import sys
from importlib import import_module

import k8slint
from k8slint.lazy import import_parts
from k8slint.type_names import Any

__all__ = ["RuamelError", "parse_events"]


def _load_parser(_: object) -> None:
    for name in ("parser", "reader"):
        import_module(f"ruamel.yaml.{name}")


if k8slint.is_program and "ruamel.yaml" not in sys.modules:
    import_parts("ruamel.yaml", _load_parser)

# isort: split
from ruamel.yaml.docinfo import DocInfo  # noqa: E402
from ruamel.yaml.error import YAMLError as RuamelError  # noqa: E402
from ruamel.yaml.parser import Parser  # noqa: E402
from ruamel.yaml.reader import Reader  # noqa: E402
from ruamel.yaml.scanner import Scanner  # noqa: E402


def parse_events(text: str) -> list[Any]:
    """The events of a text. Raises RuamelError."""
    parser = _Parser()
    events = []
    try:
        parser.begin(text)
        while parser.check_event():
            events.append(parser.get_event())
    finally:
        vars(parser).clear()  # It holds itself, and garbage is not collected.
    return events


class _Parser(Reader, Scanner, Parser):
    """Reader, scanner and parser in one object, as in ruamel.yaml's own loaders."""

    reader = scanner = resolver = None
    comment_handling = None
    # So many tokens were taken when the next one was certain.
    _certain_at = -1

    def __init__(self) -> None:
        self.reader = self.scanner = self.resolver = self
        self.doc_infos = [DocInfo()]

    def begin(self, text: str) -> None:
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)

    @property
    def processing_version(self) -> tuple[int, int]:
        return self.yaml_version or (1, 2)

    def need_more_tokens(self) -> bool:
        if self._certain_at == self.tokens_taken:
            return False
        if super().need_more_tokens():
            return True
        self._certain_at = self.tokens_taken
        return False

    def forward(self, length: int = 1) -> None:
        if self.buffer[self.pointer : self.pointer + length].isprintable():  # On one line.
            self.pointer += length
            self.index += length
            self.column += length
        else:
            super().forward(length)
