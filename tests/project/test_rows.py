"""Where the rows of our tables come from, and that users' own rows can say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
import yaml

from k8slint import images, kubernetes, shutdown
from k8slint.images.public import PUBLIC_IMAGES
from k8slint.images.settings.files import FILES
from k8slint.images.shells import IMAGE_SHELLS
from k8slint.images.tools import LACKS
from k8slint.kubernetes.pod_templates import CUSTOM
from k8slint.shutdown.meshes import MESHES
from k8slint.shutdown.platforms import SPOT_CLASSES
from k8slint.shutdown.programs.known import KNOWN
from k8slint.shutdown.programs.program import Knob, KnownProgram, read_program
from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.senders import DELAYS, INGRESS_CONTROLLERS, NLB
from k8slint.shutdown.shell.clients import CLIENTS
from k8slint.shutdown.triggers import TRIGGERS
from k8slint.shutdown.wrappers import WRAPPERS
from k8slint.workspace import Workspace

KNOWN_NOT = "the default of shop is unknown"

TABLES: dict[str, tuple[Any, ...]] = {
    "pod templates": CUSTOM,
    "programs": KNOWN,
    "spot nodes": SPOT_CLASSES,
    "images without a shell": LACKS,
    "public images": PUBLIC_IMAGES,
    "shells of images": IMAGE_SHELLS,
    "meshes": MESHES,
    "triggers": TRIGGERS,
    "delays": DELAYS,
    "controllers": (*INGRESS_CONTROLLERS, NLB),
    "clients": CLIENTS,
    "wrappers": WRAPPERS,
    "settings files": FILES,
}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{name} {number}")
        for name, rows in TABLES.items()
        for number, row in enumerate(rows)
    ],
)
def test_a_row_says_where_it_is_from_and_when_that_was_read(row: Any) -> None:
    assert row.source, f"no source: {row}"
    read = datetime.strptime(row.date, "%Y-%m-%d").replace(tzinfo=UTC)
    assert datetime(2026, 1, 1, tzinfo=UTC) <= read <= datetime.now(UTC), f"not yet: {row}"


def test_no_table_is_left_out() -> None:
    """Whatever rows of a module say where they are from, they are of a table above."""
    packages = (images, kubernetes, shutdown)
    names = [
        module.name
        for package in packages
        for module in walk_packages(package.__path__, f"{package.__name__}.")
    ]
    kinds = {
        type(row)
        for name in names
        for found in vars(import_module(name)).values()
        if isinstance(found, tuple)
        for row in found
        if "source" in getattr(row, "_fields", ())
    }
    assert kinds == {type(row) for rows in TABLES.values() for row in rows}


def span(one: Seconds) -> Any:
    """A time in the words of a configuration."""
    if one.is_exact:
        return {"seconds": one.low, "why": one.why} if one.why else one.low
    assert one.low == 0, f"no row of a user could say it: {one}"
    return {one.kind.name.lower(): one.why}


def setting(knob: Knob) -> dict[str, Any]:
    return {
        "flag": [*knob.flags],
        "env": [*knob.env],
        "arguments-in": [*knob.texts],
        "json": knob.json,
        "path": knob.path,
        "key": knob.key,
        "unit": str(knob.unit),
        "default": span(knob.default),
        "any-case": knob.any_case,
    }


def row_of(program: KnownProgram) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": program.name,
        "source": program.source,
        "date": program.date,
        "command": [*program.commands],
        "image": [*program.images],
        "variable": [*program.variables],
        "settings": [*map(setting, program.knobs)],
        "besides": span(program.besides),
        "configured-by": [*program.configured_by],
        "task-limits": [*map(setting, program.task_limits)],
        "by-signal": {signal: span(takes) for signal, takes in program.by_signal},
        "needs-setting": program.needs_setting,
        "is-worker": program.is_worker,
        "is-sidecar": program.is_sidecar,
        "only-if": program.only_if,
        "refuses-new": program.refuses_new,
    }
    if program.default is not None:
        row["default"] = span(program.default)
    return row


def without_empty(value: Any) -> Any:
    """A row without what may as well be left out, one of a list as itself."""
    match value:
        case dict():
            inner = ((key, without_empty(part)) for key, part in value.items())
            return {
                key: part for key, part in inner if part is not False and part not in ("", [], {})
            }
        case [str(one)]:
            return one
        case list():
            return [*map(without_empty, value)]
    return value


def test_users_can_say_what_our_programs_say(tmp_path: Path) -> None:
    rows = [without_empty(row_of(program)) for program in KNOWN]
    (tmp_path / ".k8slint.yaml").write_text(yaml.safe_dump({"programs": rows}), "utf-8")
    assert Workspace().settings_of(str(tmp_path)).programs == KNOWN


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (
            {"flag": "--drain", "env": "DRAIN", "unit": "ms", "default": 7},
            {"settings": [{"flag": "--drain", "env": "DRAIN", "unit": "ms", "default": 7}]},
        ),
        ({"env": "DRAIN"}, {"settings": [{"env": "DRAIN", "default": {"unknown": KNOWN_NOT}}]}),
        ({"default": {"seconds": 7}}, {"default": 7, "besides": 0, "settings": []}),
    ],
)
def test_one_setting_needs_no_list(short: dict[str, Any], long: dict[str, Any]) -> None:
    name = {"name": "shop", "command": "shopd"}
    assert read_program(name | short) == read_program(name | long)


def test_users_can_say_what_our_rows_of_kinds_say(tmp_path: Path) -> None:
    rows = [{**row._asdict(), "paths": [*row.paths]} for row in CUSTOM]
    (tmp_path / ".k8slint.yaml").write_text(yaml.safe_dump({"pod-templates": rows}), "utf-8")
    assert Workspace().settings_of(str(tmp_path)).pod_templates == CUSTOM
