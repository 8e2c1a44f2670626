"""Which files may hold GitOps objects, or values for charts: by their names and bytes alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.kubernetes.kinds import CONTAINERS_OF_OBJECTS, KindFilter
from k8slint.kubernetes.kustomization import NAMES

HELM_RELEASE, APPLICATION, APPLICATION_SET = "HelmRelease", "Application", "ApplicationSet"
FLUX_KUSTOMIZATION = "Kustomization"
K3S_CHART = "HelmChart"
CONFIG_MAP = "ConfigMap"
# The kinds by their API groups. Those of Kubernetes' own `Application` are something else.
GITOPS_GROUPS: Mapping[str, str] = {
    HELM_RELEASE: "helm.toolkit.fluxcd.io",
    FLUX_KUSTOMIZATION: "kustomize.toolkit.fluxcd.io",
    APPLICATION: "argoproj.io",
    APPLICATION_SET: "argoproj.io",
    K3S_CHART: "helm.cattle.io",
}
GITOPS_OBJECTS = KindFilter({*GITOPS_GROUPS, *CONTAINERS_OF_OBJECTS})
GITOPS = KindFilter({*GITOPS_GROUPS, CONFIG_MAP, *CONTAINERS_OF_OBJECTS})

# What a file with such objects mentions.
_WORDS = tuple({*GITOPS_GROUPS.values(), "helmCharts"})

# A letter by its number, and where a word may go on in the next line: scripts are full of those.
_LETTER = r"\\[xuU]"
_BREAK = r"(?:\\[\r\n]+[ \t]*)*"

# Files that hold values and no object, by what they are called; `ci/*-values.yaml` are those of
# chart-testing.
_VALUES_NAME = r"(?:[\w.-]{1,200}[-_.])?values(?:[-_.][\w.-]{1,200})?\.ya?ml"
_HELMFILE_NAME = r"helmfile(?:[-_.][\w.-]{1,200})?\.ya?ml(?:\.gotmpl)?"
_HELMFILE_FOLDER = "helmfile.d"
# Where kustomizations name charts, and what values in them are called.
KUSTOMIZE_CHARTS = {"helmCharts": "valuesInline", "helmChartInflationGenerator": "valuesLocal"}


# Each document of a file asks.
@lru_cache(maxsize=1)
def may_deliver(text: str, name: str) -> bool:
    """Whether a file may hold what workloads are made of elsewhere, by its words alone.

    That are GitOps objects, values with a pod for a chart, and templates that name no object.
    """
    for word in _WORDS:  # A generator of them would cost as much as the search.
        if text.rfind(word) >= 0:  # Where it is missing, in a third of the time.
            return True
    # For nearly all files, none of these has to be called.
    return (
        ("preStop" in text and _may_hold_pod(text, name))
        or ("helmfile" in name and is_helmfile(text, name))
        or ("templates/" in name and is_mere_template(text, name))
    )


def is_helmfile(text: str, name: str) -> bool:
    """Whether a file holds releases of helmfile."""
    if "helmfile" not in name or "\nreleases:" not in text:
        return False
    folder, base = names_of(name)
    return folder == _HELMFILE_FOLDER or _is_called_helmfile(base)


def is_helmfile_template(text: str, name: str) -> bool:
    """Whether a file holds releases with a pod in their values, and helmfile fills it in first."""
    if "helmfile" not in name or "{{" not in text:
        return False
    return may_give_pod(text) and is_helmfile(text, name)


def is_mere_template(text: str, name: str) -> bool:
    """Whether a file is a template of a chart in which only actions can write objects."""
    return "templates/" in name and "{{" in text and "kind:" not in text


def _may_hold_pod(text: str, name: str) -> bool:
    """Whether a file may give a chart values with the grace period and the hook of a pod."""
    return may_give_pod(text) and (has_values_name(name) or CONFIG_MAP in text)


def may_give_pod(text: str) -> bool:
    """Whether a text may hold both the grace period and the hook of a pod, as they are written."""
    # The longer word is found faster, and from the end in a third of the time.
    return text.rfind(GRACE_KEY) >= 0 and "preStop" in text


def may_spell_pod(text: str) -> bool:
    """Whether a text may hold the two in double quotes that spell them otherwise."""
    if "\\" not in text:  # One character is found in a tenth of the time.
        return False
    if re.search(_LETTER, text):
        return True
    if "\\\n" not in text and "\\\r" not in text:
        return False
    return all(re.search(_BREAK.join(key), text) for key in ("preStop", GRACE_KEY))


def has_delivery(text: str, name: str, kinds: AbstractSet[str]) -> bool:
    """Whether a file that gives some kinds may hold such objects, values or templates."""
    if GITOPS_OBJECTS.may_be_among(kinds) or has_values_name(name) or is_mere_template(text, name):
        return may_deliver(text, name)
    # Alone it gives values with a pod, or nothing.
    may_hold = CONFIG_MAP in kinds and (may_give_pod(text) or may_spell_pod(text))
    return may_hold and may_deliver(text, name)


def is_delivery(kinds: AbstractSet[str], name: str) -> bool:
    """Whether what may be of some kinds may be a GitOps object, or give values to a chart."""
    return GITOPS.may_be_among(kinds) or has_values_name(name)


def has_values_name(name: str) -> bool:
    """Whether a file is called as those are that give values to charts and hold no such object."""
    if "values" not in name and "helmfile" not in name and not name.endswith(NAMES):
        return False  # Most files, at once.
    folder, base = names_of(name)
    return (
        base in NAMES
        or folder == _HELMFILE_FOLDER
        or _is_called_helmfile(base)
        or is_values_file(base)
    )


def is_values_file(name: str) -> bool:
    """Whether a file, or a key of a ConfigMap, is called like one of values."""
    return "values" in name and re.fullmatch(_VALUES_NAME, name) is not None


def _is_called_helmfile(name: str) -> bool:
    return "helmfile" in name and re.fullmatch(_HELMFILE_NAME, name) is not None


def names_of(name: str) -> tuple[str, str]:
    """Return the names of a file's folder and of the file, for a path as it is shown."""
    *_, folder, base = ("", *name.replace("\\", "/").split("/"))
    return folder, base
