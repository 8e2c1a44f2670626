"""The environment variables of a container."""

from __future__ import annotations

from k8slint.kubernetes.workload import Container
from k8slint.manifest.values import Value
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.config import ImageConfig


class EnvValue(NamedTuple):
    """The value of a variable, None where it is not written as text, and its place."""

    text: str | None
    value: Value


def variables(container: Container, image: ImageConfig | None = None) -> dict[str, EnvValue]:
    """The container's variables by name, the later of two counting, and those of its image.

    Any of the image's can be another where `envFrom` is written, so they are left out there.
    """
    found: dict[str, EnvValue] = {}
    if image and image.env and not container.env_is_open:
        place = container.value.get("image")
        found = {name: EnvValue(text, place) for name, text in image.env}
    for item in container.value.get("env").items():
        if name := item.get("name").text:
            value = item.get("value")
            found[name] = EnvValue(value.text, value)
    return found
