"""A workload to be changed, and written as YAML with any text in the place of a key or value."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import yaml

GRACE = "terminationGracePeriodSeconds"
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
POD_SPEC = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
TEMPLATED = ("spec", "template", "spec")
TOKEN = re.compile(r"VERBATIM(\d+)X")


class Dumper(yaml.CSafeDumper):
    """Repeats what is used twice, instead of an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class Draft:
    """A copy of a workload whose pod says nothing yet of how it shuts down."""

    def __init__(self, workload: dict[str, Any]) -> None:
        self.document = copy.deepcopy(workload)
        self.snippets: list[str] = []
        self.parents: dict[str, dict[str, Any]] = {}
        here, path = self.document, "object"
        for key in POD_SPEC.get(workload["kind"], TEMPLATED):
            self.parents[path] = here
            here, path = here[key], f"{path}.{key}"
        self.pod: dict[str, Any] = here
        self.container: dict[str, Any] = here["containers"][0]
        self._clear()

    def _clear(self) -> None:
        self.pod.pop(GRACE, None)
        for container in [*self.pod["containers"], *(self.pod.get("initContainers") or ())]:
            container.pop("lifecycle", None)
            for probe in PROBES:
                (container.get(probe) or {}).pop(GRACE, None)

    def verbatim(self, text: str) -> str:
        """Return a key or value that will be written as the text itself."""
        self.snippets.append(text)
        return f"VERBATIM{len(self.snippets) - 1}X"

    def set_hook(self, event: str, handler: object) -> None:
        self.container["lifecycle"] = {event: handler}

    def text(self) -> str:
        dumped = yaml.dump(self.document, Dumper=Dumper, sort_keys=False, width=100_000)
        # A text of several lines is indented further than any key.
        return TOKEN.sub(
            lambda token: self.snippets[int(token[1])].replace("\n", "\n" + " " * 60), dumped
        )

    def places(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every mapping where a key about shutdown may be put by mistake."""
        for name, mapping in self.parents.items():
            yield name, mapping
            if isinstance(mapping.get("metadata"), dict):
                yield f"{name}.metadata", mapping["metadata"]
        top = self.document.get("spec")
        for name in ("strategy", "updateStrategy"):
            if isinstance(top, dict) and isinstance(top.get(name), dict):
                yield name, top[name]
        yield "pod", self.pod
        yield "pod.securityContext", self.pod.setdefault("securityContext", {})
        yield "pod.affinity", self.pod.setdefault("affinity", {})
        yield from self._places_in_container()

    def _places_in_container(self) -> Iterator[tuple[str, dict[str, Any]]]:
        container = self.container
        yield "container", container
        for name in ("resources", "securityContext"):
            yield f"container.{name}", container.setdefault(name, {})
        for name in ("ports", "env", "volumeMounts"):
            if container.get(name):
                yield f"container.{name}", container[name][0]
        for name in PROBES:
            container[name] = {"exec": {"command": ["/probe"]}}
            yield f"container.{name}", container[name]
            yield f"container.{name}.exec", container[name]["exec"]
        hooks = {event: {"exec": {"command": ["/hook"]}} for event in ("preStop", "postStart")}
        container["lifecycle"] = hooks
        yield "container.lifecycle", hooks
        for event, handler in hooks.items():
            yield f"container.lifecycle.{event}", handler
            yield f"container.lifecycle.{event}.exec", handler["exec"]
        init = {"name": "setup", "image": "registry.example.com/setup:1"}
        self.pod["initContainers"] = [init]
        yield "initContainer", init
