"""The objects of a cluster, as what there is to check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from k8slint.cli.output import write
from k8slint.lint.scope import scope_for
from k8slint.lint.task import Context, Task
from k8slint.measure.kubectl import find_kubectl, namespace_for
from k8slint.measure.live import read_live_objects
from k8slint.outside.programs import Crew
from k8slint.outside.terminal import printable

if TYPE_CHECKING:
    from k8slint.cli.check.options import CheckOptions

CLUSTER = "<cluster>"


def read_cluster(task: Task, options: CheckOptions) -> tuple[Task, Context]:
    """Return the task with what kubectl reads, and what may be concluded from what is missing.

    An object is taken to be missing only where all namespaces were read, and nothing was refused,
    which is printed. Raises UsageError.
    """
    kubectl = find_kubectl(options.kube_context, Crew())
    namespace = namespace_for(kubectl, options.namespace, everywhere=options.all_namespaces)
    found = read_live_objects(kubectl, namespace, scope_for(task.settings).kinds)
    write(sys.stderr, "".join(f"{printable(line)}\n" for line in found.unread))
    is_complete = not namespace and not found.unread
    return task._replace(given=found.data), Context((), is_complete)
