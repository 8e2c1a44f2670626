"""What the rules find in a source, with what hides it."""

from __future__ import annotations

from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint.engine import examine
from k8slint.lint.findings import LintResult
from k8slint.lint.scope import LintScope
from k8slint.manifest.source import Source


def inspect(
    source: Source, scope: LintScope, kustomized: Kustomized = AS_WRITTEN, pods: int = 0
) -> LintResult:
    """Run the rules over a source, and mark what its comments, annotations and baseline hide."""
    examined = examine(source, scope, kustomized, pods)
    if "k8slint" in source.text:
        from k8slint.lint.suppress import suppress

        suppress(examined, scope)
    if scope.known:
        scope.known.hide(examined)
    return examined
