"""Which features a document has, or each in a list, by a look at its keys and a few values.

Where it has no outline its keys have to do, and it has every feature that they do not rule out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.defaults import DEFAULT_GRACE, GRACE_KEY
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.spelling import OTHER_FIELDS, sounds_like_shutdown
from k8slint.lazy import cached_property
from k8slint.manifest.outline import Keys, Outline, Way, outline_of
from k8slint.records import NamedTuple
from k8slint.shutdown.drain_row import DRAIN_KEY
from k8slint.shutdown.features import Feature
from k8slint.shutdown.meshes import ISTIO_CONFIG, MESHES
from k8slint.shutdown.platforms import ABOUT_NODES, SPOT_CLASSES
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.signals import (
    CUT_OFF,
    MISHANDLE_SIGTERM,
    PACKAGE_MANAGERS,
    finishes_on_its_own,
    is_old_nginx,
)
from k8slint.shutdown.words import SHELLS, words_in, words_in_script
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.manifest.pyyaml import Node
    from k8slint.manifest.tree import Document

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_HOOKS = "lifecycle"
_OF_SIDECARS = frozenset({"initContainers", "restartPolicy"})
_POLICIES = ("Always", "OnFailure", "Never")
_UNAVAILABLE = "maxUnavailable"
_COMMANDS = ("command", "args")
_MESH_SETTINGS = (ISTIO_CONFIG, *(one.annotation for mesh in MESHES for one in mesh.settings))
_SPOT_LABELS = tuple({spot.label for spot in SPOT_CLASSES})
_MISHANDLERS = PACKAGE_MANAGERS | MISHANDLE_SIGTERM


class Surroundings(NamedTuple):
    """What a document is looked at with, and the other objects of the run."""

    kinds: Kinds
    programs: Programs
    cluster: Cluster
    kustomized: Kustomized


class Glimpse(NamedTuple):
    """What is known of a document before its pods are modelled.

    `pods` is how many pods its one workload has, None where it may not be one workload. Then
    `features` are those of all, and `look` tells those of each, where it can.
    """

    features: Feature
    pods: int | None = None
    may_repeat_keys: bool = True
    look: Callable[[Node], Feature] | None = None

    def features_of(self, workload: Node | None) -> Feature:
        return self.look(workload) if self.look and workload else self.features


def glance_at(document: Document, around: Surroundings, wanted: Feature) -> Glimpse:
    """Which of the features that are wanted a document has."""
    outline = outline_of(document)
    if outline is None:
        from k8slint.manifest.geometry import walk_keys  # Few documents need it.

        keys = frozenset(key.value for key in walk_keys(document.root))
        return Glimpse(_not_ruled_out(keys, document.text))
    ways = around.kinds.pods_in(outline)
    features = _features_of(outline, ways, around, wanted)
    if ways is None:

        def look(workload: Node) -> Feature:
            part = outline.part(workload)
            return _features_of(part, around.kinds.pods_in(part), around, wanted)

        return Glimpse(features, may_repeat_keys=False, look=look)
    return Glimpse(features, len(ways), may_repeat_keys=False)


def _features_of(
    outline: Outline, ways: list[Way] | None, around: Surroundings, wanted: Feature
) -> Feature:
    if ways is None:
        return _not_ruled_out(outline.keys, outline.text)
    glance = Glance(outline, ways[0] if ways else None, around)
    asked, found = wanted.value, 0
    for bit, tells in _TELLS:
        if bit & asked and tells(glance):
            found |= bit
    return Feature(found)


def _not_ruled_out(keys: frozenset[str], text: str) -> Feature:
    """The features that the keys of a document do not rule out."""
    features = ~Feature(0)
    if "\\" in text:  # In quotes any word may be spelt with it.
        return features
    for feature, words in (
        (Feature.HOOK, (_HOOKS,)),
        (Feature.GRACE, (GRACE_KEY,)),
        (Feature.MESH, _MESH_SETTINGS),
        (Feature.ROLLOUT, (_UNAVAILABLE,)),
    ):
        if keys.isdisjoint(words):
            features &= ~feature
    if not keys >= _OF_SIDECARS and not _any_is_about_shutdown(keys, text):
        features &= ~Feature.SETTING
    return features


class Glance:
    """A document by its outline, among the other objects of a run.

    `way` leads to its pod spec; None where there may be several, or none. `runs_shell`: whether a
    container may run a shell, whose words can be spelt in many ways. `known` are the programs that
    may be run.
    """

    def __init__(self, outline: Outline, way: Way | None, around: Surroundings) -> None:
        self.outline = outline
        self.text = outline.text
        self.way = way
        self.around = around
        # Nearly all features need these.
        self.pod = outline.at(*way) if way else None
        self.stopped = self._find_stopped()
        self.words = self._find_words()
        self.runs_shell = not SHELLS.isdisjoint(self.words)
        self.images = self._find_images()
        self.known = [*around.programs.may_be_run(self.words, self.images)]
        self.grace = self._read_grace()

    @property
    def has_hook(self) -> bool:
        return _HOOKS in self.outline.keys

    @property
    def has_setting(self) -> bool:
        names = self.outline.keys
        if self.grace is not None:
            names -= {GRACE_KEY}
        return _any_is_about_shutdown(names, self.text) or self._has_odd_policy

    @property
    def _has_odd_policy(self) -> bool:
        """Whether an init container may have a restart policy that there is not."""
        if not self.outline.keys >= _OF_SIDECARS:
            return False
        init = self.outline.items(self.pod, "initContainers") if self.pod else [{}]
        found = (one for one in init if "restartPolicy" in one or not one)
        return any(self.outline.scalar(one, "restartPolicy") not in _POLICIES for one in found)

    @property
    def has_grace(self) -> bool:
        return self.grace != DEFAULT_GRACE

    @cached_property
    def is_in_given_image(self) -> bool:
        """Whether the config of an image is given, which may say anything."""
        programs = self.around.programs
        return programs.may_know_images and any(map(programs.config_of, self.images))

    @cached_property
    def has_drain(self) -> bool:
        return (
            self.is_in_given_image
            or any(self.runs_shell or one.may_be_set(self.text) for one in self.known)
            or ("env" in self.outline.keys and _names_any(self.around.programs.marks, self.text))
            or self.is_declared
            or self.mounts_config
        )

    @cached_property
    def mounts_config(self) -> bool:
        """Whether a ConfigMap of the run may be mounted in which a script or a setting stands."""
        if "configMap" not in self.outline.keys:
            return False
        maps, generated = self.around.cluster.config_maps, self.around.kustomized.config_maps
        if not maps and not generated:
            return False
        volumes = self.pod.get("volumes") if self.pod else None
        named = {*self.outline.values("name", volumes)}
        return maps.have_any(named) or any(one.name in named for one in generated)

    @property
    def is_declared(self) -> bool:
        """Whether a drain may be declared, here or in the configuration, or measured."""
        rows, measured = self.around.programs.drains, self.around.programs.measured
        return (
            DRAIN_KEY in self.text
            or any(row.mark in self.text for row in rows)
            or bool(measured and measured.names_any(self.outline.values("name")))
        )

    @property
    def has_program(self) -> bool:
        return bool(self.known) or self.has_drain

    @property
    def has_public_image(self) -> bool:
        # Few rules ask, and the tables take long to load.
        from k8slint.images.public import find

        return self.is_in_given_image or any(map(find, self.images))

    @property
    def has_worker(self) -> bool:
        return self.has_drain or any(program.is_worker for program in self.known)

    @property
    def mishandles_signal(self) -> bool:
        return not self.finishes and (
            self.runs_shell
            or self.is_in_given_image
            or self.mounts_config
            or not self.words.isdisjoint(_MISHANDLERS)
            or any(program.name in CUT_OFF for program in self.known)
            or any(map(is_old_nginx, self.images))
        )

    @property
    def finishes(self) -> bool:
        """Whether its pods run a task to its end."""
        outline = self.outline
        if self.pod is None:
            return False
        kind = outline.scalar(outline.root, "kind")
        return finishes_on_its_own(kind, outline.scalar(self.pod, "restartPolicy"))

    @property
    def may_stop_several(self) -> bool:
        outline = self.outline
        is_written = _UNAVAILABLE in outline.keys
        return is_written and outline.scalar(outline.root, "kind") in ("StatefulSet", "")

    @property
    def is_served(self) -> bool:
        return self.around.cluster.may_be_entered(self.labels) and self.may_be_many

    @property
    def has_budget(self) -> bool:
        return self.around.cluster.may_have_budget(self.labels)

    @property
    def has_hasty_nodes(self) -> bool:
        """Whether nodes may end before the pod; on spot nodes only a pod that takes time."""
        if self.around.cluster.has_node_pools:
            return True
        if self.outline.keys.isdisjoint(ABOUT_NODES):
            return False
        takes_time = self.has_hook or self.has_grace or self.has_drain
        return takes_time and _names_any(_SPOT_LABELS, self.text)

    @property
    def has_mesh(self) -> bool:
        return not self.outline.keys.isdisjoint(_MESH_SETTINGS)

    @cached_property
    def labels(self) -> dict[str, str] | None:
        """The labels of the pod; None where it is not certain which they are."""
        kustomized = self.around.kustomized
        if not self.way or kustomized.selector_labels or kustomized.template_labels:
            return None
        found = self.outline.at(*self.way[:-1], "metadata", "labels")
        return self.outline.scalars(found or {})

    @property
    def may_be_many(self) -> bool:
        """Whether there may be several such pods."""
        outline = self.outline
        spec, metadata = outline.at("spec") or {}, outline.at("metadata") or {}
        name = outline.scalar(metadata, "name") or outline.scalar(metadata, "generateName")
        return (
            self.way is None
            or outline.scalar(outline.root, "kind") == "DaemonSet"
            or bool(self.around.kustomized.replicas)
            or outline.scalar(spec, "replicas") not in ("", "0", "1")
            or name in self.around.cluster.scaled
        )

    def _find_stopped(self) -> list[Keys] | None:
        """The containers that may get a stop signal; None where it is not certain which."""
        outline, pod = self.outline, self.pod
        if pod is None:
            return None
        # Those before the others have no end of their own, unless they are started again.
        init = (one for one in outline.items(pod, "initContainers") if "restartPolicy" in one)
        return [*outline.items(pod, "containers"), *init]

    def _find_words(self) -> frozenset[str]:
        """What can be a word of a command; none where only images say what is run."""
        if self.outline.keys.isdisjoint(_COMMANDS):
            return frozenset()
        text = self.text
        if self.stopped is not None:
            written = self.outline.written
            texts = (written(one, name) for one in self.stopped for name in _COMMANDS)
            text = " ".join(word for words in texts for word in words)
        words = words_in(text)
        return words if SHELLS.isdisjoint(words) else words | words_in_script(text)

    def _find_images(self) -> list[str]:
        if self.stopped is None:
            return self.outline.values("image")
        return [self.outline.scalar(one, "image") for one in self.stopped]

    def _read_grace(self) -> int | None:
        """The grace period; None where it is anything but one plain number in its place."""
        if GRACE_KEY not in self.outline.keys:
            return DEFAULT_GRACE
        if self.text.count(GRACE_KEY) > 1 or self.pod is None or GRACE_KEY not in self.pod:
            return None
        written = self.outline.unquoted(self.pod, GRACE_KEY)
        return int(written) if _NUMBER.fullmatch(written) else None


def _any_is_about_shutdown(keys: frozenset[str], text: str) -> bool:
    """Whether one of the keys in a text is about a shutdown."""
    if DRAIN_KEY in text and any(key.startswith(DRAIN_KEY) for key in keys):
        return True
    return any(map(sounds_like_shutdown, keys - OTHER_FIELDS))


def _names_any(words: Iterable[str], text: str) -> bool:
    return any(map(text.__contains__, words))


# By the numbers of the features: Python takes its time to combine flags themselves.
_TELLS: tuple[tuple[int, Callable[[Glance], bool]], ...] = (
    (Feature.HOOK.value, lambda glance: glance.has_hook),
    (Feature.SETTING.value, lambda glance: glance.has_setting),
    (Feature.GRACE.value, lambda glance: glance.has_grace),
    (Feature.DRAIN.value, lambda glance: glance.has_drain),
    (Feature.PROGRAM.value, lambda glance: glance.has_program),
    (Feature.IMAGE.value, lambda glance: glance.has_public_image),
    (Feature.WORKER.value, lambda glance: glance.has_worker),
    (Feature.SIGNAL.value, lambda glance: glance.mishandles_signal),
    (Feature.ROLLOUT.value, lambda glance: glance.may_stop_several),
    (Feature.SERVED.value, lambda glance: glance.is_served),
    (Feature.BUDGET.value, lambda glance: glance.has_budget),
    (Feature.NODE.value, lambda glance: glance.has_hasty_nodes),
    (Feature.MESH.value, lambda glance: glance.has_mesh),
)
