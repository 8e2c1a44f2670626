"""The stable interface: lint and fix a text, and the names that rules are written with.

Everything here keeps its name and meaning within a major version; nothing else in k8slint does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from k8slint.errors import UsageError
    from k8slint.kubernetes.versions import ClusterTarget
    from k8slint.kubernetes.workload import Container, Hook, Pod, Workload
    from k8slint.lint.diagnosis import Diagnostic, Fix, TextEdit
    from k8slint.lint.diff import unified_diff
    from k8slint.lint.pages import check_pages
    from k8slint.lint.reports import FileReport
    from k8slint.lint.rule import Finding, Severity, Spot, rule
    from k8slint.lint.settings import Settings
    from k8slint.manifest.operations import Append, Delete, Move, Set
    from k8slint.manifest.source import Encoding, Location, Stretch
    from k8slint.manifest.values import Value
    from k8slint.picture.scene import Staged
    from k8slint.shutdown.features import Feature
    from k8slint.shutdown.model import Shutdown
    from k8slint.shutdown.repair import Need, NoRepair
    from k8slint.shutdown.traffic import Traffic
    from k8slint.workspace import Workspace

__all__ = [
    "Append",
    "ClusterTarget",
    "Container",
    "Delete",
    "Diagnostic",
    "Feature",
    "FileReport",
    "Finding",
    "Fix",
    "FixResult",
    "Hook",
    "Location",
    "Move",
    "Need",
    "NoRepair",
    "Pod",
    "Set",
    "Settings",
    "Severity",
    "Shutdown",
    "Spot",
    "Stretch",
    "TextEdit",
    "Traffic",
    "UsageError",
    "Value",
    "Workload",
    "Workspace",
    "check",
    "check_pages",
    "count_columns",
    "draw",
    "fix",
    "rule",
    "unified_diff",
]


class FixResult(NamedTuple):
    """A text after its fixes: the findings fixed, and those left, each with the reason."""

    text: str
    fixed: "tuple[Diagnostic, ...]"
    left: "tuple[Diagnostic, ...]"


def check(
    text: str, name: str = "<text>", settings: "Settings | None" = None
) -> "tuple[Diagnostic, ...]":
    """Return the findings in a text, in the order of their lines.

    Only the text is read: no other file, no configuration. Raises ValueError if it cannot be
    checked, and UsageError for settings that name an unknown rule or option.
    """
    return _run(text, name, settings).diagnoses


def fix(
    text: str, name: str = "<text>", settings: "Settings | None" = None, *, unsafe: bool = False
) -> FixResult:
    """Fix a text as `k8slint check --fix` does, and as `--unsafe-fixes` does if `unsafe`.

    Raises as `check` does.
    """
    report = _run(text, name, settings, fix=True, unsafe=unsafe)
    return FixResult((report.text or b"").decode(), report.fixed, report.diagnoses)


def count_columns(
    text: str, place: "Location | TextEdit | Stretch", encoding: "Encoding" = "utf-16"
) -> "Stretch":
    """A place or an edit in a text with its columns in code units, which is how editors count.

    Everywhere else columns are counted in code points.
    """
    from k8slint.manifest.source import Source

    return Source("", text.removeprefix("\ufeff")).count_columns(place, encoding)


def draw(staged: "Staged", width: int = 900) -> str:
    """Draw a timeline of a workspace as one standalone SVG; without pods it is empty.

    `width` is in pixels, from 320; below 600 names stand above their bars.
    """
    from k8slint.picture import svg
    from k8slint.picture.frame import LEAST_WIDTH

    return svg.render(staged.scenes, max(width, LEAST_WIDTH)) if staged.scenes else ""


def _run(
    text: str, name: str, settings: "Settings | None", *, fix: bool = False, unsafe: bool = False
) -> "FileReport":
    from k8slint.lint.run import run_bytes
    from k8slint.lint.settings import Settings
    from k8slint.lint.task import RunOptions, Task

    report = run_bytes(
        text.encode(), Task(name, settings or Settings()), RunOptions(fix=fix, unsafe=unsafe)
    )
    if problem := report.error or "; ".join(report.failed):
        raise ValueError(f"{name}: {problem}")
    return report


def __getattr__(name: str) -> Any:
    """Import a public name at its first use: importing all of them takes 0.1 s."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"k8slint.{_HOMES[name]}"), name)
    return found


_HOMES = {
    "Append": "manifest.operations",
    "ClusterTarget": "kubernetes.versions",
    "Container": "kubernetes.workload",
    "Delete": "manifest.operations",
    "Diagnostic": "lint.diagnosis",
    "Feature": "shutdown.features",
    "FileReport": "lint.reports",
    "Finding": "lint.rule",
    "Fix": "lint.diagnosis",
    "Hook": "kubernetes.workload",
    "Location": "manifest.source",
    "Move": "manifest.operations",
    "Need": "shutdown.repair",
    "NoRepair": "shutdown.repair",
    "Pod": "kubernetes.workload",
    "Set": "manifest.operations",
    "Settings": "lint.settings",
    "Severity": "lint.rule",
    "Shutdown": "shutdown.model",
    "Spot": "lint.rule",
    "Stretch": "manifest.source",
    "TextEdit": "lint.diagnosis",
    "Traffic": "shutdown.traffic",
    "UsageError": "errors",
    "Value": "manifest.values",
    "Workload": "kubernetes.workload",
    "Workspace": "workspace",
    "check_pages": "lint.pages",
    "rule": "lint.rule",
    "unified_diff": "lint.diff",
}
