"""PodDisruptionBudgets where they are written: what rules about budgets are called with."""

from __future__ import annotations

from collections.abc import Iterator

from k8slint.kubernetes.facts import objects_with_values
from k8slint.kubernetes.kinds import CONTAINERS_OF_OBJECTS, KindFilter
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.objects import DisruptionBudget
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.manifest.tree import Document
    from k8slint.manifest.values import Value

KIND = "PodDisruptionBudget"
BUDGETS = KindFilter({KIND, *CONTAINERS_OF_OBJECTS})


class WrittenBudget:
    """A PodDisruptionBudget with its place in a document; `stated` is what it says as a fact."""

    kind = KIND

    def __init__(
        self, value: Value, stated: DisruptionBudget, kustomized: Kustomized, target: ClusterTarget
    ) -> None:
        self.value = value
        self.stated = stated
        self.kustomized = kustomized
        self.target = target

    @property
    def api_version(self) -> str:
        return self.value.get("apiVersion").text or ""

    @property
    def namespace(self) -> str:
        return self.value.at("metadata", "namespace").text or ""

    @property
    def name(self) -> str:
        return self.stated.meta.name

    @property
    def spec(self) -> Value:
        return self.value.get("spec")

    @property
    def is_patch(self) -> bool:
        """Whether it is only a part of an object, to be merged into another manifest."""
        return self.kustomized.is_patch or self.value.get("$patch").is_written


def written_budgets(
    document: Document, target: ClusterTarget, kustomized: Kustomized = AS_WRITTEN
) -> Iterator[WrittenBudget]:
    """The PodDisruptionBudgets of a document, those inside lists too."""
    for value, stated in objects_with_values(document, kustomized):
        if isinstance(stated, DisruptionBudget):
            yield WrittenBudget(value, stated, kustomized, target)
