"""The pods in a text, and the one that is meant by a position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8slint.kubernetes.workload import Container, Hook, Pod
from k8slint.lint.task import Task
from k8slint.manifest.values import Value
from k8slint.picture.run import read_workloads
from k8slint.picture.scene import Played, Scene, scenes_of
from k8slint.records import NamedTuple
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.model import Stop as StoppedContainer

# The texts whose pods are kept: more than an editor shows at a time.
_KEPT = 8


class PodInText(NamedTuple):
    """A pod, its model, and what there is to show of its end."""

    pod: Pod
    shutdown: Shutdown
    scene: Scene

    def contains(self, offset: int) -> bool:
        """Whether an offset is in its object; of several pods in one, in its own part."""
        workload = self.pod.workload
        place = workload.value if len(workload.pods) == 1 else self.pod.spec.parent
        return is_in(offset, place or self.pod.spec)

    def container_at(self, offset: int) -> Container | None:
        found = (one for one in self.pod.containers if is_in(offset, one.value))
        return max(found, key=lambda one: one.value.head[0], default=None)

    def stop_of(self, container: Container) -> StoppedContainer | None:
        return next((one for one in self.shutdown.stops if one.container is container), None)


class PodsRead:
    """The pods of the texts that were asked for last."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Task, Sequence[PodInText]]] = {}

    def of(self, task: Task) -> Sequence[PodInText]:
        """Return the pods of a file that is open, in their order."""
        known = self._read.pop(task.path, None)
        if known is None or known[0] != task:
            known = task, tuple(_pods_in(task))
        self._read[task.path] = known
        while len(self._read) > _KEPT:
            del self._read[next(iter(self._read))]
        return known[1]

    def forget(self) -> None:
        """Read all anew: what says something about other files has changed."""
        self._read.clear()


def is_in(offset: int, value: Value) -> bool:
    """Whether an offset is in something written, from its key to its end."""
    if value.node is None:
        return False
    return value.head[0] <= offset <= value.span[1]


def hook_at(container: Container, offset: int) -> Hook | None:
    return next((hook for hook in container.hooks if is_in(offset, hook.value)), None)


def pod_at(pods: Sequence[PodInText], offset: int) -> PodInText | None:
    """Return the pod that is meant by an offset."""
    found = [one for one in pods if one.contains(offset)]
    return found[-1] if found else None


def _pods_in(task: Task) -> Iterator[PodInText]:
    read = read_workloads(task.given or b"", task)
    for workload in read.workloads:
        scenes = scenes_of(workload, read.scope, Played())
        for pod, scene in zip(workload.pods, scenes, strict=True):
            shutdown = Shutdown(pod, read.scope.target, read.scope.programs)
            yield PodInText(pod, shutdown, scene)
