"""Public images: every row of the tables with images of its range, and with others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.images import public
from k8slint.images.name import base
from k8slint.images.public import PUBLIC_IMAGES, find, row_for_tag, rows_of
from k8slint.images.public.row import PublicImage
from k8slint.images.shells import shell_of
from tests.tables import TableLoader, check_examples, check_keys

DATA = Path(__file__).parent / "data"
KEYS = ("entrypoint", "cmd", "wraps", "signal", "shell")
EXAMPLES: dict[str, Any] = {
    image: expected
    for file in sorted(DATA.glob("*.yaml"))
    if file.stem not in ("builds", "dockerfiles")
    for image, expected in yaml.load(file.read_text(encoding="utf-8"), TableLoader).items()
}
SHELLS = ("dash", "bash", "BusyBox", "none", "")


def declared(row: PublicImage | None) -> dict[str, Any] | None:
    """What a row says in the words of an example, but for the shell."""
    if row is None:
        return None
    is_known = row.entrypoint is not None
    return {
        "entrypoint": [*row.entrypoint] if row.entrypoint is not None else None,
        "cmd": [*row.cmd] if is_known else None,
        "wraps": row.wraps,
        "signal": row.signal or None,
    }


def without_shell(expected: dict[str, Any] | None) -> dict[str, Any] | None:
    return expected and {key: value for key, value in expected.items() if key != "shell"}


@pytest.mark.parametrize("image", EXAMPLES)
def test_what_an_image_declares(image: str) -> None:
    expected = EXAMPLES[image]
    if expected is not None:
        check_keys(expected, image, KEYS)
    assert declared(find(image)) == without_shell(expected)


@pytest.mark.parametrize("image", [image for image, expected in EXAMPLES.items() if expected])
def test_which_shell_an_image_has(image: str) -> None:
    assert shell_of(image) == EXAMPLES[image]["shell"]


@pytest.mark.parametrize(
    "row", PUBLIC_IMAGES, ids=lambda row: f"{row.names[0]} {row.variant}{row.since}"
)
def test_an_example_notices_every_fault_in_a_row(row: PublicImage) -> None:
    bases = {base(name) for name in row.names}
    images = [image for image in EXAMPLES if base(image) in bases]
    assert any(find(image) == row for image in images), f"no example of {row}"
    near = [one for one in PUBLIC_IMAGES if not bases.isdisjoint(map(base, one.names))]

    def chosen(image: str, instead: Sequence[PublicImage]) -> PublicImage | None:
        rows: list[PublicImage] = []
        for one in near:
            rows += instead if one == row else (one,)
        return row_for_tag(image, rows_of(image, rows))

    def is_noticed(instead: Sequence[PublicImage]) -> bool:
        for image in images:
            found, expected = chosen(image, instead), EXAMPLES[image]
            if declared(found) != without_shell(expected):
                return True
            # A word of the name may say which shell it is, and a digest alone says nothing.
            is_said = expected and expected["shell"] == (find(image) or row).shell
            if found and is_said and found.shell != expected["shell"]:
                return True
        return False

    check_examples(row, f"tests/images/data, {row.names[0]}", is_noticed)


@pytest.mark.parametrize(
    "row", PUBLIC_IMAGES, ids=lambda row: f"{row.names[0]} {row.variant}{row.since}"
)
def test_a_row_makes_sense(row: PublicImage) -> None:
    assert row.shell in SHELLS
    assert not row.signal.startswith("SIG")
    assert row.entrypoint is not None or not (row.cmd or row.wraps)
    assert row.wraps is None or row.entrypoint, "no script that could wrap anything"
    assert not row.before or row.since < row.before


def test_every_image_is_in_one_table() -> None:
    """Whoever adds a row sees the others of its image."""
    tables = [
        table
        for name, table in vars(public).items()
        if name.endswith("_IMAGES") and name != "PUBLIC_IMAGES"
    ]
    where: dict[str, int] = {}
    for number, rows in enumerate(tables):
        for name in (name for row in rows for name in row.names):
            assert where.setdefault(name, number) == number, name
    assert sum(map(len, tables)) == len(PUBLIC_IMAGES)


@pytest.mark.parametrize(
    "image", ["{{ .Values.image }}", "$(IMAGE)", "nginx:$TAG", "", " ", "a" * 10_000]
)
def test_what_is_no_plain_name_is_not_known(image: str) -> None:
    assert find(image) is None
