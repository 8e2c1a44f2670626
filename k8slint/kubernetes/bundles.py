"""Which objects of a run are meant for one another, where files and folders hold several sets.

Namespaces and labels do not tell: examples, and alternatives of which one is applied, often use
the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from k8slint.kubernetes.near import is_placed
from k8slint.kubernetes.objects import FilePlace, Object
from k8slint.lazy import cached_property
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Workload

# The kind and the name of a workload.
Defined: TypeAlias = tuple[str, str]

NO_ALTERNATIVES: Mapping[Defined, frozenset[str]] = {}


class Bundles:
    """Where workloads stand: `homes` are their files.

    `alternatives` has the files of each workload that several files define, each for a bundle of
    its own: what stands in them, and in their folders, but not in one above the workload.
    """

    def __init__(
        self, homes: frozenset[str], alternatives: Mapping[Defined, frozenset[str]]
    ) -> None:
        self.homes = homes
        self.alternatives = alternatives

    @cached_property
    def folders(self) -> frozenset[str]:
        return frozenset(file.rpartition("/")[0] for file in self.homes)

    @cached_property
    def apart(self) -> frozenset[str]:
        """The files with workloads that other files define as well, and the folders of these."""
        files = frozenset().union(*self.alternatives.values())
        return files | {file.rpartition("/")[0] for file in files}

    def may_meet(self, workload: Workload, one: Object) -> bool:
        """Whether an object can be meant for a workload.

        What one kustomization builds belongs together wherever it stands. Anything else is not
        meant for it in a folder of examples that the workload is not in, beside another definition
        of the workload, or, without a namespace that says so, in another folder with workloads of
        its own.
        """
        if one.meta.where.file == workload.where.file:
            return True
        if not set(one.meta.roots).isdisjoint(workload.kustomized.roots):
            return True
        if is_example_elsewhere(workload.where, (), one) or self._is_of_alternative(workload, one):
            return False
        home = one.meta.where.folder
        return is_placed(one) or home not in self.folders or home == workload.where.folder

    def _is_of_alternative(self, workload: Workload, one: Object) -> bool:
        files = self.alternatives.get((workload.kind, workload.name))
        if not files:
            return False
        own, (place, folder, _) = workload.where.file, one.meta.where
        if own == place or own not in files:
            return False
        return place in files or (
            not own.startswith(f"{folder}/")
            and any(file.rpartition("/")[0] == folder for file in files)
        )


def is_example_elsewhere(where: FilePlace, roots: Iterable[str], one: Object) -> bool:
    """Whether an object is in a folder of examples that a file is not in.

    `roots` are the folders of the kustomizations that the file is part of: what one of these
    builds is no example.
    """
    examples = one.meta.where.examples
    if not examples or f"{where.folder}/".startswith(f"{examples}/"):
        return False
    return set(one.meta.roots).isdisjoint(roots)


# A workload alone, or what stands in one file without any.
ONE_BUNDLE = Bundles(frozenset(), NO_ALTERNATIVES)
