"""The progress of a long run: shown on standard error, and gone at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from k8slint.cli import progress

WAYS: dict[str, Callable[[Iterator[int], int], Iterator[int]]] = {
    "Checking": progress.show_progress,
    "Rendering": progress.show_rendering,
}


@pytest.mark.parametrize("title", WAYS)
@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_progress_is_shown_of_what_takes_long(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], title: str, patience: float
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert [*WAYS[title](iter(range(3)), 3)] == [0, 1, 2]
    out, err = capfd.readouterr()
    assert out == ""
    assert (title in err) is (patience == 0)
