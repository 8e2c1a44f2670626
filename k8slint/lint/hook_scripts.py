"""Which script files the hooks of a file run, and whether each was read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.coverage import Extent, Portion, PortionKind, Reason
from k8slint.kubernetes.mounts import mounted_at
from k8slint.kubernetes.workload import Hook
from k8slint.lint.result import LintResult
from k8slint.outside.terminal import LONGEST_NAME, clipped

_SHELL = (".sh", ".bash", ".ksh")
_SCRIPT = (
    r"(?<![^\s;&|\"'=(])/[^\s;&|\"'<>()$`{}]{1,300}\.(?:sh|bash|ksh|py|pl|rb|js)(?![^\s;&|\"'<>)])"
)
# A file with more hooks is somebody's joke.
_MOST = 1_000


def scripts_in(examined: LintResult) -> Iterator[Portion]:
    """Yield the scripts that hooks of the workloads that were looked at name by their paths."""
    hooks = [
        hook
        for workload in examined.looked_at
        for pod in workload.pods
        for container in pod.containers
        if container.lifecycle.is_written
        for hook in container.hooks
    ]
    for hook in hooks[:_MOST]:
        paths = (match[0] for word in hook.command or () for match in re.finditer(_SCRIPT, word))
        for path in dict.fromkeys(paths):
            yield _script(hook, path, examined)


def _script(hook: Hook, path: str, examined: LintResult) -> Portion:
    line = examined.source.position(hook.value.mark[0])[0]
    name = clipped(path, LONGEST_NAME)
    file = mounted_at(hook.container, path)
    if file is None:
        return Portion(PortionKind.SCRIPT, Extent.NOT_READ, Reason.IN_IMAGE, name, line)
    if file.unread and path.endswith(_SHELL):
        why = Reason.VALUES_MISSING
        return Portion(PortionKind.SCRIPT, Extent.NOT_READ, why, name, line, file.unread)
    if not path.endswith(_SHELL):
        return Portion(PortionKind.SCRIPT, Extent.NOT_READ, Reason.UNKNOWN_SHELL, name, line)
    return Portion(PortionKind.SCRIPT, Extent.READ, None, name, line)
