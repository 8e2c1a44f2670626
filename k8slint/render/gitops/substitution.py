"""Variables that Flux replaces in what it has built.

Rules: fluxcd/pkg e2cfd1a (2026-07-22) kustomize/kustomize_varsub.go and envsubst.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from k8slint.manifest.stream import split_documents
from k8slint.records import NamedTuple

# `$${NAME}` stands for `${NAME}`; operators that change texts leave what they are about unknown.
_VARIABLE = re.compile(r"\$?\$\{([A-Za-z_]\w{0,200})(?:(:?[-=])([^{}\n]{0,1000}))?\}")
_DISABLED = re.compile(
    r"(?m)^[ \t]+[\"']?kustomize\.toolkit\.fluxcd\.io/substitute[\"']?:[ \t]*[\"']?disabled\b"
)


class Variables(NamedTuple):
    """The values of variables; with `has_unknown`, others may be set in ways that nobody reads."""

    known: Mapping[str, str]
    has_unknown: bool = False

    def of(self, text: str) -> str:
        """Return a stream of objects with its variables replaced."""
        if not self.known and not self.has_unknown:  # Then Flux replaces nothing.
            return text
        return "".join(
            chunk.text if _DISABLED.search(chunk.text) else _VARIABLE.sub(self._value, chunk.text)
            for chunk in split_documents(text)
        )

    def names_in(self, text: str) -> list[str]:
        """Return the variables in a text whose values are known, in their order."""
        names = [match[1] for match in _VARIABLE.finditer(text) if not match[0].startswith("$$")]
        return [name for name in names if name in self.known]

    def _value(self, match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        value = self.known.get(match[1])
        if value is None and self.has_unknown:
            return match[0]
        if not value and match[3] is not None:
            return match[3]
        return (value or "").replace("\n", "")
