"""Where the rows of our tables come from, and that users' own rows can say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.config import Overrides, settings_for
from k8slint.kubernetes.pod_templates import CUSTOM

TABLES: dict[str, tuple[Any, ...]] = {"pod templates": CUSTOM}


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


def test_users_can_say_what_our_rows_of_kinds_say(tmp_path: Path) -> None:
    rows = [{**row._asdict(), "paths": [*row.paths]} for row in CUSTOM]
    (tmp_path / ".k8slint.yaml").write_text(yaml.safe_dump({"pod-templates": rows}), "utf-8")
    assert settings_for(tmp_path, Overrides()).pod_templates == CUSTOM
