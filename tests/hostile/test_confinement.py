"""What a repository names stays inside of it, and is a regular file of a bounded size."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from k8slint.outside.files import Refused, read_bytes, read_named, within


def link(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(target)


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "odd")


def listening(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "odd"))


def large(folder: Path) -> None:
    with (folder / "odd").open("wb") as file:
        file.truncate(10**12)


# What is no file to read, and why it is not.
ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (pipe, "it is a named pipe, not a regular file"),
    "link to a device": (link("odd", "/dev/zero"), "it is a device, not a regular file"),
    "folder": (lambda folder: (folder / "odd").mkdir(), "it is a folder, not a regular file"),
    "socket": (listening, "No such device or address"),
    "large file": (large, "it has more than 250 MB, the limit for such a file"),
}


@pytest.mark.parametrize("name", ODD)
def test_only_regular_files_of_a_bounded_size_are_read(tmp_path: Path, name: str) -> None:
    make_it, reason = ODD[name]
    make_it(tmp_path)
    with pytest.raises(OSError, match=reason):
        read_bytes(str(tmp_path / "odd"))


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_000])
def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert read_bytes(str(tmp_path / "file"), size) == b"x" * size
    with pytest.raises(Refused, match="limit"):
        read_bytes(str(tmp_path / "file"), size - 1)


def test_a_file_whose_size_lies_is_read_up_to_the_limit() -> None:
    assert read_bytes("/proc/self/status").startswith(b"Name:")
    with pytest.raises(Refused, match="limit"):
        read_bytes("/proc/self/status", 100)


def test_a_stream_of_the_caller_is_read_up_to_its_limit() -> None:
    for limit in (5, 4):
        out, into = os.pipe()
        os.write(into, b"12345")
        os.close(into)
        try:
            if limit == 5:
                assert read_named(f"/dev/fd/{out}", limit) == b"12345"
            else:
                with pytest.raises(Refused, match="limit"):
                    read_named(f"/dev/fd/{out}", limit)
        finally:
            os.close(out)


# What a link or a path in the folder `inside` leads to, and whether that is inside.
LEADS = {
    "file": True,
    "sub/../file": True,
    "to-file": True,
    "to-sub/file": True,
    "nowhere": True,
    "to-nowhere": True,
    ".": True,
    "..": False,
    "../inside-too/file": False,
    "../inside/file": True,
    "/etc/passwd": False,
    "to-outside": False,
    "to-folder-outside/file": False,
    "to-link-outside": False,
    "to-nowhere-outside": False,
    ".git/config": False,
    "sub/.GIT/config": False,
    "to-git": False,
    ".github/file": True,
    "nul\0": False,
    "half\ud800": False,
    "x" * 5_000: False,
    "../" * 40_000: False,
}


@pytest.mark.parametrize("name", LEADS)
def test_what_leads_out_of_a_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    for folder in ("sub", ".git", "sub/.GIT", ".github"):
        (inside / folder).mkdir(parents=True)
    (tmp_path / "inside-too").mkdir()
    for text in ("file", "sub/file", ".git/config", "sub/.GIT/config", ".github/file"):
        (inside / text).touch()
    for source, target in {
        "to-file": "sub/file",
        "to-sub": "sub",
        "to-nowhere": "sub/nowhere",
        "to-outside": "/etc/passwd",
        "to-folder-outside": "../inside-too",
        "to-link-outside": "to-outside",
        "to-nowhere-outside": "../nowhere",
        "to-git": ".git/config",
    }.items():
        (inside / source).symlink_to(target)
    path = str(inside / name)
    if LEADS[name]:
        assert within(path, os.path.realpath(inside)) == os.path.realpath(path)
    else:
        with pytest.raises(Refused):
            within(path, os.path.realpath(inside))


def test_the_root_of_all_holds_everything() -> None:
    assert within("/etc/passwd", "/") == "/etc/passwd"
