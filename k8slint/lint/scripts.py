"""Which script files the hooks and containers of a file run, and whether each was read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from k8slint.kubernetes.mounts import mounted_at
from k8slint.kubernetes.workload import Container
from k8slint.lint.files import SCRIPT_WORD, SHELL_SCRIPTS
from k8slint.lint.result import LintResult
from k8slint.manifest.values import Value
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.coverage import Portion

_SCRIPT = (
    r"(?<![^\s;&|\"'=(])/[^\s;&|\"'<>()$`{}]{1,300}\.(?:sh|bash|ksh|py|pl|rb|js)(?![^\s;&|\"'<>)])"
)
# A file with more of them is somebody's joke.
_MOST = 1_000


class _Named(NamedTuple):
    """A path of a script, and the command that names it."""

    path: str
    container: Container
    value: Value


def scripts_in(examined: LintResult) -> Iterator[Portion]:
    """Yield the scripts that the workloads that were looked at name by their paths.

    Those are the scripts of hooks, and the shell scripts that containers start.
    """
    text, word = examined.source.text, re.compile(SCRIPT_WORD)
    containers = (
        container
        for document, some in groupby(examined.looked_at, lambda one: one.value.document)
        # Not in its own text, in which actions are masked.
        if word.search(text, document.start, document.start + len(document.text))
        for workload in some
        for pod in workload.pods
        for container in pod.containers
    )
    named = (
        one for container in containers for one in (*_of_hooks(container), *_started(container))
    )
    for one in islice(named, _MOST):
        yield _script(one, examined)


def _of_hooks(container: Container) -> Iterator[_Named]:
    for hook in container.hooks if container.lifecycle.is_written else ():
        for path in _paths(hook.command or ()):
            yield _Named(path, container, hook.value)


def _started(container: Container) -> Iterator[_Named]:
    """What else a container starts is its program, and no script."""
    for name in ("command", "args"):
        value = container.value.get(name)
        words = [text for item in value.items() if (text := item.text) and "/" in text]
        for path in _paths(words) if words else ():
            if path.endswith(SHELL_SCRIPTS):
                yield _Named(path, container, value)


def _paths(words: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(match[0] for word in words for match in re.finditer(_SCRIPT, word))


def _script(one: _Named, examined: LintResult) -> Portion:
    # Not all files with such a word run a script.
    from k8slint.coverage import Extent, Portion, PortionKind, Reason

    line = examined.source.position(one.value.mark[0])[0]
    path, name = one.path, clipped(one.path, LONGEST_NAME)
    file = mounted_at(one.container, path)
    if file is None:
        return Portion(PortionKind.SCRIPT, Extent.NOT_READ, Reason.IN_IMAGE, name, line)
    if file.unread and path.endswith(SHELL_SCRIPTS):
        why = Reason.VALUES_MISSING
        return Portion(PortionKind.SCRIPT, Extent.NOT_READ, why, name, line, file.unread)
    if not path.endswith(SHELL_SCRIPTS):
        return Portion(PortionKind.SCRIPT, Extent.NOT_READ, Reason.UNKNOWN_SHELL, name, line)
    return Portion(PortionKind.SCRIPT, Extent.READ, None, name, line)
