"""What a run is asked to do."""

from __future__ import annotations

from k8slint.lint.folders import Folders
from k8slint.lint.settings import Settings
from k8slint.lint.task import Task, distinct_settings


def test_all_settings_are_named_once() -> None:
    one, other = Settings(), Settings(preview=True)
    tasks = [
        Task(str(n), settings) for n, settings in enumerate((one, one, other, one, Settings()))
    ]
    assert distinct_settings(tasks) == (one, other)
    assert distinct_settings([]) == ()


def test_folders_with_nothing_of_note_take_no_memory_for_it() -> None:
    folders = Folders()
    for name in ("/a", "/b"):
        folders.see(name, ["web.yaml"])
    assert folders.markers_in("/a") is folders.markers_in("/b")
