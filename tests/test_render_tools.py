"""What the tools that render say, without the secrets they were given."""

from __future__ import annotations

import pytest

from k8slint.render.tools import without


@pytest.mark.parametrize(
    ("secrets", "left"),
    [
        (["hunter2"], "cannot log in with *** at db.example.com"),
        (["hunt", "hunter2"], "cannot log in with *** at db.example.com"),
        (["hunt"], "cannot log in with ***er2 at db.example.com"),
        (["db.example.com", "hunter2"], "cannot log in with *** at ***"),
        (["log", "in", ""], "cannot log in with hunter2 at db.example.com"),
    ],
)
def test_a_message_keeps_no_secret(secrets: list[str], left: str) -> None:
    assert without("cannot log in with hunter2 at db.example.com", secrets) == left
