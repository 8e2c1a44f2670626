"""Who owns what a finding is about: by labels of its object, or by a CODEOWNERS file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import Violation
from k8slint.lint.reports import FileReport
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
_LABEL = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?", re.ASCII)


def with_label_owner(found: Violation, keys: Sequence[str]) -> Violation:
    """Return a finding with its owner: the first of some labels that its object has."""
    subject = found.subject
    budget_or_workload = subject if isinstance(subject, WrittenBudget) else subject.pod.workload
    labels = budget_or_workload.value.at("metadata", "labels")
    values = (labels.get(key).text for key in keys)
    # Anything else is a placeholder, or what the API server refuses.
    owner = next((text for text in values if text and _LABEL.fullmatch(text)), "")
    return found._replace(owners=(owner,)) if owner else found


def with_code_owners(
    files: Sequence[FileReport], owners_of: Callable[[str], tuple[str, ...]]
) -> Iterator[FileReport]:
    """Yield reports whose findings have the owners of their files, where labels name none."""
    for file in files:
        owners = owners_of(file.path) if file.diagnoses or file.suppressed or file.fixed else ()

        def owned(one: Diagnostic, owners: tuple[str, ...] = owners) -> Diagnostic:
            return one if one.owners else one._replace(owners=owners)

        yield (
            file._replace(
                diagnoses=tuple(map(owned, file.diagnoses)),
                suppressed=tuple(map(owned, file.suppressed)),
                fixed=tuple(map(owned, file.fixed)),
            )
            if owners
            else file
        )
