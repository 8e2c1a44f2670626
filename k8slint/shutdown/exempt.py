"""Pods for which a short or missing shutdown is right."""

from __future__ import annotations

import re
from functools import lru_cache

from k8slint.kubernetes.workload import Pod
from k8slint.manifest.scalars import as_int64
from k8slint.shutdown.signals import finishes_on_its_own

_PAUSE = r"(?:^|/)pause(?:-[a-z0-9]+)?(?:[:@]|$)"


def holds_a_place(pod: Pod) -> bool:
    """A balloon pod: a pause image, or a priority that gives way to every other pod."""
    priority = as_int64(pod.spec.get("priority").scalar)
    images = [container.image or "" for container in pod.main]
    return (priority is not None and priority < 0) or any(
        re.search(_PAUSE, image) for image in images
    )


def serves_the_node(pod: Pod) -> bool:
    """A host-network DaemonSet, which replaces itself in place: network plug-ins, speakers."""
    return pod.workload.kind == "DaemonSet" and pod.spec.get("hostNetwork").scalar is True


@lru_cache(maxsize=1)  # Rules ask it for each container of a pod.
def is_left_alone(pod: Pod) -> bool:
    """Whether signals and traffic do not matter: it runs to its end, or it does not run at all."""
    return runs_to_its_end(pod) or _is_scaled_to_zero(pod) or holds_a_place(pod)


def runs_to_its_end(pod: Pod) -> bool:
    """Whether a pod is expected to finish on its own, such as one of a Job."""
    return finishes_on_its_own(pod.workload.kind, pod.spec.get("restartPolicy").text or "")


def _is_scaled_to_zero(pod: Pod) -> bool:
    return pod.workload.replicas == (0,)
