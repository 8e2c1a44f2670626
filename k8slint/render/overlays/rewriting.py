"""Kustomizations and configurations of plugins with other paths in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from k8slint.coverage import Reason
from k8slint.render.overlays.fields import CHART_GENERATOR, PLUGINS, Places
from k8slint.render.tools import NotRendered
from k8slint.type_names import Any, TypeAlias

_NOT_INFLATED = "a chart beside other plugins is not rendered: write it under helmCharts"

Visit: TypeAlias = Callable[[str, str], str]


def with_items(content: Any) -> Iterator[dict[str, Any]]:
    """Yield a plugin's configuration, or a list and everything in it."""
    if isinstance(content, dict):
        yield content
        items = content.get("items")
        for one in items if isinstance(items, list) else ():
            yield from with_items(one)


def rewrite_plugin(content: Any, visit: Visit) -> Any:
    """Return a plugin's configuration, or a list, with rewritten paths. Raises NotRendered."""
    if not isinstance(content, dict):
        return content
    kind = content.get("kind")
    if kind == CHART_GENERATOR:
        raise NotRendered(_NOT_INFLATED, Reason.UNRENDERED)
    if isinstance(items := content.get("items"), list):
        content = {**content, "items": [rewrite_plugin(one, visit) for one in items]}
    elif str(kind) not in PLUGINS:
        raise NotRendered(f"{kind} is a plugin, and only kustomize's own are run")
    return rewrite_paths(content, PLUGINS.get(str(kind)), visit)


def rewrite_paths(content: Any, places: Places, visit: Visit) -> Any:
    """Return data with the result of `visit` for each path in it, by the kind of the path.

    Keys match as in Go, ignoring case. Raises NotRendered.
    """
    if places is None:
        return content
    if isinstance(content, list):
        return [rewrite_paths(one, places, visit) for one in content]
    if isinstance(places, str):
        return visit(content, places) if isinstance(content, str) and content else content
    if not isinstance(content, dict):
        return content
    known: dict[str, str] = {name.casefold(): name for name in places}
    found: dict[str, Any] = {}
    for key, one in content.items():
        name = known.get(key.casefold()) or key
        if name in found:
            raise NotRendered(f"{key} is written twice")
        found[name] = rewrite_paths(one, places.get(name), visit)
    return found
