"""What Flux makes of the objects that a chart renders: `postRenderers` of a HelmRelease.

Kustomize builds all that helm has rendered, hooks included, with patches that stand in the
HelmRelease and with images. Nothing else of a kustomization is there.

Rules: fluxcd/helm-controller 0f61a86 (2026-07-23) internal/postrender/{build,kustomize}.go and
internal/action/post_render.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from k8slint.coverage import Reason
from k8slint.kubernetes.kustomization import NAMES
from k8slint.manifest.values import Value, root
from k8slint.render import tools
from k8slint.render.charts.release import Release
from k8slint.render.charts.trials import render_with, same_object
from k8slint.render.charts.values import WrittenValues
from k8slint.render.overlays.patches import patched
from k8slint.render.tools import Failed, NotRendered, Workshop
from k8slint.render.written import SourceFiles, SourcePlace, builds_alike, counterpart, find_value

_HELM_OUTPUT = "helm-output.yaml"
_TARGET = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
# The name is that in the patch.
_UNMATCHED = re.compile(r'no resource matches strategic merge patch "([\w./~-]{1,300})')
_IMAGE = ("name", "newName", "newTag", "digest")


@dataclass(frozen=True, eq=False)
class PatchedRelease(Release):
    """A chart of which kustomize changes what helm renders.

    `renderers` are where the options of kustomize are written, in their order.
    """

    renderers: tuple[WrittenValues, ...] = ()

    @property
    def unpatched(self) -> PatchedRelease:
        """The same chart as helm alone renders it."""
        if not self.renderers:
            return self
        return replace(self, name=f"{self.name}, before postRenderers", renderers=())

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """Render the chart, and build what is rendered. Raises NotRendered."""
        text = super().build(place, changed)
        for options in self._options_in(SourceFiles(changed=dict(changed))):
            text = self._built(text, options, place)
        return text

    def in_patches(self, value: Value, files: SourceFiles) -> list[SourcePlace]:
        """Return the patches that set a built value to what it is, the last one first."""
        built = root(value.document)
        found = [
            one
            for options in self._options_in(files)
            for one in patched(options, self.owner, built, None, value.pointer, files)
        ]
        return [one for one in reversed(found) if one.is_exact]

    def as_helm_renders(self, value: Value, files: SourceFiles, place: Workshop) -> Value | None:
        """Return a built value, or what it is in, as helm renders it; None if helm does not."""
        if not self.renderers:
            return value
        while value.node is None and value.parent:
            value = value.parent
        text = render_with(self.unpatched, (), dict, files, place)
        same = same_object(text, value.document)
        if same is None:
            return None
        found = counterpart(root(same), root(value.document), value.pointer)
        is_same = (found.is_mapping and value.is_mapping) or builds_alike(found, value)
        return found if found.is_written and is_same else None

    def _options_in(self, files: SourceFiles) -> Iterator[Value]:
        """Yield the options of kustomize. Raises NotRendered."""
        for one in self.renderers:
            documents = files.documents(one.file)
            if one.document >= len(documents):
                raise NotRendered("its postRenderers are no longer there")
            yield find_value(root(documents[one.document]), one.pointer)

    def _built(self, text: str, options: Value, place: Workshop) -> str:
        """Return what kustomize builds of the objects in a text. Raises NotRendered."""
        command = tools.kustomize(place.roots)
        if not command:
            said = "its postRenderers need kustomize or kubectl, and neither is on the PATH"
            raise NotRendered(said, Reason.NO_TOOL)
        kustomization = {
            "resources": [_HELM_OUTPUT],
            "patches": [*map(_patch, options.get("patches").items())],
            "images": [_texts(one, _IMAGE) for one in options.get("images").items()],
        }
        with place.room() as here:
            (here / _HELM_OUTPUT).write_text(text, encoding="utf-8")
            (here / NAMES[0]).write_text(json.dumps(kustomization), encoding="utf-8")
            try:
                return tools.run_tool([*command, str(here)], place)
            except Failed as reason:
                raise NotRendered(f"its postRenderers are not applied: {_why(reason)}") from None


def _why(failed: Failed) -> str:
    """Return why kustomize failed, without what helm has rendered."""
    unmatched = _UNMATCHED.search(str(failed))
    return f"there is no {unmatched[1].rstrip('.')} to patch" if unmatched else "kustomize failed"


def _patch(item: Value) -> dict[str, object]:
    """Return a patch that stands there itself, for what it names."""
    found: dict[str, object] = {"patch": item.get("patch").text or ""}
    if item.get("target").is_written:
        found["target"] = _texts(item.get("target"), _TARGET)
    return found


def _texts(holder: Value, keys: tuple[str, ...]) -> dict[str, str]:
    """Return the texts of some keys."""
    return {key: text for key in keys if (text := holder.get(key).text)}
