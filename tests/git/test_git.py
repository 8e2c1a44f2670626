"""What git ignores and tracks is told as git tells it, without asking git."""

from __future__ import annotations

import os
import random
import shutil
import string
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8slint.git.patterns import Patterns
from k8slint.git.repository import IgnoreFiles, Repository, Rules
from k8slint.git.tracked import NOTHING_TRACKED, UNKNOWN, Tracked, tracked_in
from k8slint.git.user import excludes_file
from k8slint.lint.files import IGNORE_RULES, discover
from k8slint.lint.folders import Folders
from tests.command import make
from tests.tiers import long_except

Need = Callable[[str], str]

# Lines of an ignore file with files that it ignores and files that it does not.
PATTERNS: Sequence[tuple[bytes, Sequence[bytes], Sequence[bytes]]] = (
    (b"a.yaml", [b"a.yaml", b"b/a.yaml", b"a.yaml/b"], [b"aa.yaml", b"a.yam"]),
    (b"/a", [b"a", b"a/b"], [b"b/a"]),
    (b"a/", [b"a/b", b"b/a/c"], [b"a", b"b/a"]),
    (b"a/b", [b"a/b", b"a/b/c"], [b"c/a/b", b"a/bb"]),
    (b"a/b/", [b"a/b/c"], [b"a/b"]),
    (b"a//", [], [b"a", b"a/b"]),
    (b"/", [], [b"a"]),
    (b"!", [], [b"a", b"!"]),
    (b"#a", [], [b"a", b"#a"]),
    (rb"\#a", [b"#a"], [b"a"]),
    (rb"\!a", [b"!a"], [b"a"]),
    (b"*", [b"a", b"a/b", b".a"], []),
    (b"*\n!a", [b"b", b"b/a"], [b"a"]),
    (b"a\n!a/b", [b"a/b"], [b"b"]),
    (b"*\n!*/\n!*.yaml", [b"a", b"b/a"], [b"a.yaml", b"b/a.yaml"]),
    (b"/*\n!/a", [b"b", b"c/a"], [b"a", b"a/b"]),
    (b"a*c", [b"ac", b"abc", b"a*c"], [b"a/c", b"abcd"]),
    (b"*a*b", [b"ab", b"xaxb", b"aab"], [b"a", b"ba", b"xa/b"]),
    (b"a?c", [b"abc", b"a?c"], [b"ac", b"a/c", b"abbc", b"a\xc3\xa9c"]),
    (b"a/*", [b"a/b", b"a/b/c"], [b"a", b"b/a/c"]),
    (b"a/*/c", [b"a/b/c"], [b"a/c", b"a/b/b/c"]),
    (b"a/x*y*z/c", [b"a/xyyz/c"], [b"a/xz/c", b"a/xy/yz/c"]),
    (b"**/a", [b"a", b"b/a", b"b/c/a"], [b"aa", b"b/aa"]),
    (b"a/**", [b"a/b", b"a/b/c"], [b"a", b"b/a/c"]),
    (b"a/**/", [b"a/b/c"], [b"a", b"a/b"]),
    (b"a/**/b", [b"a/b", b"a/c/b", b"a/c/d/b"], [b"a/bb", b"b", b"a/cb"]),
    (b"a/**/b/**/c", [b"a/b/c", b"a/x/b/c", b"a/b/x/c", b"a/b/b/c"], [b"a/c", b"a/b", b"b/c"]),
    (b"**/b*c*d/**/e", [b"bcd/e", b"b/bccd/x/e"], [b"bcd", b"b/c/d/e"]),
    (b"**", [b"a", b"a/b"], []),
    (b"**/", [b"a/b"], [b"a"]),
    (b"***/a", [b"a", b"b/a", b"b/c/a"], [b"b"]),
    (b"a**b", [b"ab", b"acb"], [b"a/b"]),
    (b"x/a**b", [b"x/ab", b"x/acb"], [b"x/a/b"]),
    # Git looks for `**` behind the last letter before the first wildcard as behind a slash.
    (b"foo**/bar", [b"foobar", b"foo/bar", b"foox/bar", b"foox/y/bar"], [b"fo/bar", b"xfoo/bar"]),
    (b"a/foo**", [b"a/foo", b"a/foox", b"a/foox/y"], [b"a/fo"]),
    (rb"**\/a", [b"b/a", b"b/c/a"], [b"a"]),
    (rb"x\/", [], [b"x", b"x/a"]),
    (b"[ab]", [b"a", b"b"], [b"c", b"ab", b"[ab]"]),
    (b"[!ab]", [b"c"], [b"a", b"cc"]),
    (b"[^ab]", [b"c"], [b"a"]),
    (b"[a-c]", [b"a", b"b", b"c"], [b"d", b"-"]),
    (b"[c-a]", [b"c"], [b"a", b"b", b"-"]),
    (b"[a-]", [b"a", b"-"], [b"b"]),
    (b"[-a]", [b"-", b"a"], [b"b"]),
    (b"[a-c-e]", [b"a", b"b", b"c", b"-", b"e"], [b"d"]),
    (b"[[:digit:]-a]", [b"1", b"-", b"a"], [b"b"]),
    (b"[]a]", [b"]", b"a"], [b"b"]),
    (b"[!]a]", [b"b"], [b"]", b"a"]),
    (rb"[\]a]", [b"]", b"a"], [b"\\", b"b"]),
    (rb"[\\a]", [b"\\", b"a"], [b"]"]),
    (rb"[a-\c]", [b"a", b"b", b"c"], [b"\\", b"-"]),
    (b"[[:alpha:]-]", [b"a", b"Z", b"-"], [b"1", b":"]),
    (b"[[:digit:][:space:]x]", [b"1", b" ", b"x"], [b"a", b":"]),
    (b"[[:none:]]", [], [b"n", b":"]),
    (b"[[:]", [b"[", b":"], [b"a"]),
    (b"[[:a]", [b"[", b":", b"a"], [b"b"]),
    (b"[", [], [b"["]),
    (b"[a", [], [b"[a", b"a"]),
    (b"x[/]y", [], [b"x/y", b"xy"]),
    (b"x[a/]y", [b"xay"], [b"x/y", b"b/xay"]),
    (b"x[!a]y", [b"xby"], [b"xay", b"x/y"]),
    (b"a\\", [], [b"a", b"a\\"]),
    (rb"\a", [b"a"], [b"\\a"]),
    (rb"a\*", [b"a*"], [b"ab"]),
    (b"\xff?", [b"\xff\xc3"], [b"\xc3\xbf"]),
    (b"a ", [b"a"], [b"a "]),
    (b"a\t", [b"a\t"], [b"a"]),
    (b"a\\  ", [b"a "], [b"a", b"a  "]),
    (b"a\\\\ ", [b"a\\"], [b"a\\ "]),
    (b"a\n \nb", [b"a", b"b"], [b" "]),
    (b"a\r\nb\r", [b"a", b"b"], [b"a\r"]),
    (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [b"a", b"\xef\xbb\xbfb"], [b"b"]),
    (b"a\0b", [b"a"], [b"b"]),
    (b"a*", [b"a\n", b"a\n/b"], [b"\na"]),
)


def ignored_among(paths: Iterable[bytes], folder: Path) -> set[bytes]:
    """Files that the ignore file of a folder ignores, or a folder above each."""
    rules = Rules(IgnoreFiles()).within(str(folder), b"")

    def is_ignored(path: bytes, *, is_folder: bool) -> bool:
        above, _, _ = path.rpartition(b"/")
        if above and is_ignored(above, is_folder=True):
            return True
        return rules.ignore(path, is_folder=is_folder)

    return {path for path in paths if is_ignored(path, is_folder=False)}


def ignored_by_git(paths: Iterable[bytes], folder: Path) -> set[bytes]:
    asked = b"".join(b"./%b\0" % path for path in paths)
    told = git(folder, "check-ignore", "--no-index", "-z", "--stdin", stdin=asked, may_fail=True)
    return {path.removeprefix(b"./") for path in told.split(b"\0")[:-1]}


def git(
    folder: Path | bytes, *arguments: str | bytes, stdin: bytes = b"", may_fail: bool = False
) -> bytes:
    """What git prints, for a user who has set nothing else."""
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
    )
    assert may_fail or not done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: repr(row[0]))
def test_patterns(tmp_path: Path, row: tuple[bytes, Sequence[bytes], Sequence[bytes]]) -> None:
    lines, ignored, others = row
    (tmp_path / ".gitignore").write_bytes(lines)
    assert ignored_among([*ignored, *others], tmp_path) == {*ignored}


def test_patterns_are_told_as_git_tells_them(tmp_path: Path, need: Need) -> None:
    need("git")
    git(tmp_path, "init", "-q")
    for lines, ignored, others in PATTERNS:
        (tmp_path / ".gitignore").write_bytes(lines)
        assert ignored_by_git([*ignored, *others], tmp_path) == {*ignored}, lines


# What git's own ctype says (git-compat-util.h): no vertical tab is a blank there.
VISIBLE = string.digits + string.ascii_letters + string.punctuation
CLASSES = {
    "alnum": string.digits + string.ascii_letters,
    "alpha": string.ascii_letters,
    "blank": "\t ",
    "cntrl": "".join(map(chr, range(1, 32))) + "\x7f",
    "digit": string.digits,
    "graph": VISIBLE,
    "lower": string.ascii_lowercase,
    "print": f" {VISIBLE}",
    "punct": string.punctuation,
    "space": "\t\n\r ",
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_the_characters_that_git_gives_it(name: str) -> None:
    pattern = Patterns([f"[[:{name}:]]".encode()])
    found = {code for code in range(1, 256) if pattern.last(bytes([code]), is_folder=False)}
    assert found == {*CLASSES[name].encode()} - {ord("/")}


PIECES = st.sampled_from(
    [
        *(b"a", b"b", b"*", b"**", b"/", b"**/", b"/**", b"?", b"***", b"\\", b"!", b"#", b" "),
        *(b"[", b"]", b"-", b"^", b":", b"[ab]", b"[!a]", b"[^a]", b"[a-b]", b"[]-]", b"[/]"),
        *(b"[a/]", b"[:]", b"[[:alpha:]]", b"[[:punct:]]", b"[[:space:]", b"[[:foo:]]", b"\xc3"),
        *(b"[\xc3]", b".", b"\r", b"\t"),
    ]
)
LINES = st.lists(st.lists(PIECES, max_size=6).map(b"".join), min_size=1, max_size=3)
NAMES = st.lists(st.sampled_from([bytes([code]) for code in b"aabbA.-]!# \\[^:\n\t*?\xc3\xa9"]))
PATHS = st.lists(
    NAMES.map(b"".join).filter(lambda name: name not in (b"", b".", b"..", b".git")),
    min_size=1,
    max_size=4,
).map(b"/".join)


def test_any_pattern_is_told_as_git_tells_it(tmp_path: Path, need: Need) -> None:
    need("git")
    git(tmp_path, "init", "-q")

    @settings(max_examples=100)
    @given(LINES, st.lists(PATHS, min_size=5, max_size=30, unique=True))
    def run(lines: list[bytes], paths: list[bytes]) -> None:
        (tmp_path / ".gitignore").write_bytes(b"\n".join(lines))
        assert ignored_among(paths, tmp_path) == ignored_by_git(paths, tmp_path)

    run()


NAME = b"a" * 250 + b".yaml"
DEEP = b"a/" * 50 + NAME
# Patterns that take a backtracking matcher hours, or a compiler of patterns much memory.
HOSTILE: Mapping[str, tuple[list[bytes], bytes]] = {
    "stars": ([b"*a" * 20 + b"b"], NAME),
    "thousands of stars": ([b"*a" * 5000], NAME),
    "stars between slashes": ([b"**/" + b"a/**/" * 20 + b"b"], DEEP),
    "nothing but stars": ([b"*" * 1_000_000 + b"b"], NAME),
    "folders": ([b"**/" * 300_000 + b"b"], DEEP),
    "many of them": ([b"**/*a*a*a*a/b"] * 700, DEEP),
    "many names": ([b"*a*a*b"] * 1500, NAME),
    "classes": ([b"[!a]" * 2000, b"[" * 9000, b"[a-" * 3000], NAME),
    "escapes": ([b"\\" * 9999], NAME),
    "blanks": ([b" " * 1_000_000 + b"x"], NAME),
    "literals": ([b"a%d" % number for number in range(50_000)], NAME),
}


@pytest.mark.parametrize("name", long_except(HOSTILE, "stars", "stars between slashes", "classes"))
def test_no_pattern_takes_long(name: str) -> None:
    lines, path = HOSTILE[name]
    before = time.process_time()
    assert not Patterns(lines).last(path, is_folder=False)
    assert time.process_time() - before < 5


def repository(folder: Path, *, at: str = ".git") -> None:
    """What git takes for a repository in which nothing is tracked."""
    make(folder, {f"{at}/HEAD": "ref: refs/heads/main\n"})
    for name in ("objects", "refs"):
        (folder / at / name).mkdir()


def found(folder: Path, skipped: str = "") -> set[str]:
    every = discover([str(folder)], Folders())
    return {os.path.relpath(one.path, folder) for one in every if one.skipped == skipped}


class Unbounded(NamedTuple):
    """Ignore files in which `a.yaml` is ignored, one that is read all the same, and why."""

    files: Mapping[str, str]
    path: str
    beyond: set[str]


UNBOUNDED = {
    "too large": Unbounded({".gitignore": "a.yaml\n" + "# \n" * 400_000}, "a.yaml", {"."}),
    "no file": Unbounded({".gitignore": "a.yaml\n", "b/.gitignore/x": ""}, "b/a.yaml", {"b"}),
    "too many wildcards": Unbounded({".gitignore": "a.yaml\n" + "x*y\n" * 4_000}, "a.yaml", {"."}),
    "too many wildcards in all": Unbounded(
        {".gitignore": "x*y\n" * 2_000, "b/.gitignore": "a.yaml\n" + "x*y\n" * 2_000},
        "b/a.yaml",
        {"b"},
    ),
    "too many wildcards in the run": Unbounded(
        {
            ".gitignore": "a.yaml\n",
            **{f"b{i:02}/.gitignore": f"{i}x*y\n" + "x*y\n" * 3_000 for i in range(30)},
        },
        "b00/a.yaml",
        {"b00", "b01", "b02"},
    ),
    "too deep": Unbounded({".gitignore": "a.yaml\n"}, "b/" * 52 + "a.yaml", {"b/" * 50 + "b"}),
}


@pytest.mark.parametrize("name", UNBOUNDED)
def test_where_matching_could_take_long_nothing_is_ignored(tmp_path: Path, name: str) -> None:
    repository(tmp_path)
    files, path, beyond = UNBOUNDED[name]
    make(tmp_path, {".gitignore": "a.yaml\n", "a.yaml": "", "b/a.yaml": ""})
    assert found(tmp_path) == found(tmp_path, IGNORE_RULES) == set()
    make(tmp_path, {**files, path: ""})
    assert path in found(tmp_path)
    assert found(tmp_path, IGNORE_RULES) == beyond


# What a `.git` is, and whether git takes the folder for a repository.
GIT_FOLDERS: Mapping[str, tuple[Mapping[str, str], bool]] = {
    "a folder": ({".git/HEAD": "", ".git/objects/x": "", ".git/refs/x": ""}, True),
    "nothing in it": ({".git/x": ""}, False),
    "no objects": ({".git/HEAD": "", ".git/refs/x": ""}, False),
    "a folder elsewhere": (
        {".git": "gitdir: x/y\n", "x/y/HEAD": "", "x/y/objects/x": "", "x/y/refs/x": ""},
        True,
    ),
    "a part of one elsewhere": (
        {".git": "gitdir: x/y\n", "x/y/HEAD": "", "x/y/commondir": ".."},
        True,
    ),
    "nowhere": ({".git": "gitdir: x/y\n"}, False),
    "no label": ({".git": "x\n", "x/HEAD": "", "x/commondir": ".."}, False),
    "no name": ({".git": "gitdir: \n", "HEAD": "", "objects/x": "", "refs/x": ""}, True),
    "an impossible name": ({".git": "gitdir: a\0b\n"}, False),
    "too long": ({".git": "gitdir: " + "./" * 10_000}, False),
}


@pytest.mark.parametrize("name", GIT_FOLDERS)
def test_what_a_repository_is(tmp_path: Path, name: str) -> None:
    files, is_one = GIT_FOLDERS[name]
    make(tmp_path, files)
    assert bool(Repository.at(str(tmp_path))) is is_one


def test_no_repository_is_on_another_machine(tmp_path: Path) -> None:
    """To look for it there, Windows would log in."""
    for name in (f"/{tmp_path}/x", "\\\\example.com\\share"):
        repository(tmp_path, at=name.removeprefix(f"/{tmp_path}/"))
        make(tmp_path, {".git": f"gitdir: {name}\n"})
        assert Repository.at(str(tmp_path)) is None
    make(tmp_path, {".git": f"gitdir: {tmp_path}/x\n"})
    assert Repository.at(str(tmp_path))


def test_a_repository_in_the_way_of_git_is_looked_for_above(tmp_path: Path) -> None:
    repository(tmp_path)
    make(tmp_path, {".gitignore": "a.yaml\n", "b/.git/HEAD": "", "b/a.yaml": "", "b/c.yaml": ""})
    assert found(tmp_path / "b") == {"c.yaml"}


def test_rules_of_the_user_and_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those nearer to a file count more."""
    home, work = tmp_path / "home", tmp_path / "work"
    make(home, {".config/git/ignore": "a.yaml\nb.yaml\nc.yaml\nd.yaml\n"})
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    repository(work)
    make(work, {f"sub/{name}.yaml": "" for name in "abcd"})
    make(
        work,
        {
            ".git/info/exclude": "!b.yaml\n!c.yaml\n!d.yaml",
            ".gitignore": "c.yaml\nd.yaml\n",
            "sub/.gitignore": "!d.yaml\n",
        },
    )
    assert found(work) == {"sub/b.yaml", "sub/d.yaml"}


# Files of settings, and the ignore file of the user in their home, if there is one.
SETTINGS: Mapping[str, tuple[Mapping[str, str], str | None]] = {
    "nothing": ({}, ".config/git/ignore"),
    "of the user": ({".gitconfig": "[core]\n\texcludesFile = ~/mine\n"}, "mine"),
    "elsewhere": ({".config/git/config": "[core]\nexcludesfile=~/mine"}, "mine"),
    "both": (
        {
            ".config/git/config": "[core]\nexcludesfile = ~/other\n",
            ".gitconfig": "[core]\nexcludesfile = ~/mine\n",
        },
        "mine",
    ),
    "the last": ({".gitconfig": "[core]\nexcludesfile=~/a\nexcludesfile=~/mine"}, "mine"),
    "in quotes": ({".gitconfig": '[CORE] EXCLUDESFILE = "~/my file" ; mine'}, "my file"),
    "a comment": ({".gitconfig": "[core]\n excludesfile = ~/mine # mine\n"}, "mine"),
    "another section": (
        {".gitconfig": '[core "x"]\nexcludesfile = ~/a\n[user]\nexcludesfile = ~/b\n'},
        ".config/git/ignore",
    ),
    "none": ({".gitconfig": "[core]\nexcludesfile =\n"}, None),
    "below the working folder": ({".gitconfig": "[core]\nexcludesfile = mine\n"}, None),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_ignore_file_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    files, path = SETTINGS[name]
    make(tmp_path, files)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.delenv(variable, raising=False)
    assert excludes_file() == ("" if path is None else str(tmp_path / path))


def test_settings_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("global", "system"):
        (tmp_path / name).write_text(f"[core]\nexcludesFile = /{name}\n", encoding="utf-8")
        monkeypatch.setenv(f"GIT_CONFIG_{name.upper()}", str(tmp_path / name))
    assert excludes_file() == "/global"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "")
    assert excludes_file() == "/system"


FILE, LINK, FOLDER, MODULE = 0o100644, 0o120000, 0o040000, 0o160000
ENTRIES = {
    b"a/b/c.yaml": FILE,
    b"a/b/cd.yaml": FILE,
    b"a/l.yaml": LINK,
    b"a/m": MODULE,
    b"z" * 5000: FILE,
    b"z{": FILE,
}


def index(
    entries: Iterable[tuple[bytes, int]],
    version: int = 2,
    *,
    extensions: bytes = b"",
    object_name: int = 20,
    more_flags: bytes = b"",
) -> bytes:
    """An index as git writes it, with nothing but names and modes in it."""
    written = []
    last = b""
    for name, mode in entries:
        flags = min(len(name), 0xFFF) | (0x4000 if more_flags else 0)
        entry = bytes(24) + mode.to_bytes(4) + bytes(12 + object_name)
        entry += flags.to_bytes(2) + more_flags
        if version == 4:
            shared = next(n for n in range(len(name), -1, -1) if last.startswith(name[:n]))
            entry += _variable(len(last) - shared) + name[shared:] + b"\0"
            last = name
        else:
            entry += name
            entry += bytes(8 - len(entry) % 8)
        written.append(entry)
    head = b"DIRC" + version.to_bytes(4) + len(written).to_bytes(4)
    return b"".join((head, *written, extensions, bytes(object_name)))


def _variable(number: int) -> bytes:
    """As git writes the offset of an object in a pack."""
    written = [number & 0x7F]
    while number := number >> 7:
        number -= 1
        written.insert(0, 0x80 | (number & 0x7F))
    return bytes(written)


def extension(name: bytes, data: bytes = b"") -> bytes:
    return name + len(data).to_bytes(4) + data


def read(folder: Path, data: bytes) -> Tracked:
    (folder / "index").write_bytes(data)
    return tracked_in(str(folder))


INDEXES: Mapping[str, bytes] = {
    "version 2": index(ENTRIES.items()),
    "version 3": index(ENTRIES.items(), 3, more_flags=b"\x40\0"),
    "version 4": index(ENTRIES.items(), 4),
    "SHA-256": index(ENTRIES.items(), object_name=32),
    "extensions": index(
        ENTRIES.items(), extensions=extension(b"TREE", b"abc") + extension(b"EOIE")
    ),
}


@pytest.mark.parametrize("name", INDEXES)
def test_what_is_tracked(tmp_path: Path, name: str) -> None:
    tracked = read(tmp_path, INDEXES[name])
    assert tracked.files == {name for name, mode in ENTRIES.items() if mode != MODULE}
    assert tracked.folders == {b"", b"a", b"a/b", b"a/m"}
    assert tracked.holds(b"a/b/c.yaml", is_folder=False)
    assert tracked.holds(b"a/b", is_folder=True)
    assert not tracked.holds(b"a/b", is_folder=False)
    assert not tracked.holds(b"a/b/d.yaml", is_folder=False)


def test_nothing_is_tracked_where_there_is_no_index(tmp_path: Path) -> None:
    assert tracked_in(str(tmp_path)) == NOTHING_TRACKED


def test_a_folder_that_is_tracked_as_a_whole(tmp_path: Path) -> None:
    sparse = index({b"a/b/": FOLDER, b"c": FILE}.items(), extensions=extension(b"sdir"))
    tracked = read(tmp_path, sparse)
    assert tracked.holds(b"a", is_folder=True)
    assert tracked.holds(b"a/b", is_folder=True)
    assert tracked.holds(b"a/b/c/d.yaml", is_folder=False)
    assert not tracked.holds(b"a/bc.yaml", is_folder=False)


def test_an_index_that_is_split(tmp_path: Path) -> None:
    shared = bytes(range(1, 21))
    (tmp_path / f"sharedindex.{shared.hex()}").write_bytes(index({b"a.yaml": FILE}.items()))
    split = index({b"b.yaml": FILE}.items(), extensions=extension(b"link", shared + b"bitmaps"))
    assert read(tmp_path, split).files == {b"a.yaml", b"b.yaml"}
    (tmp_path / f"sharedindex.{shared.hex()}").unlink()
    assert read(tmp_path, split) == UNKNOWN
    alone = index({b"b.yaml": FILE}.items(), extensions=extension(b"link", bytes(20)))
    assert read(tmp_path, alone).files == {b"b.yaml"}


# Names that grow by a letter with each entry, which takes memory as their number squared.
GROWING = ((b"a" * length, FILE) for length in range(1, 30_000))
DAMAGED: Mapping[str, bytes] = {
    "empty": b"",
    "another file": b"a: 1\n" * 20,
    "another version": index(ENTRIES.items(), 5),
    "more entries than there are": b"DIRC" + bytes([0, 0, 0, 2]) + b"\xff" * 4 + bytes(2000),
    "an extension that has to be known": index(ENTRIES.items(), extensions=extension(b"some")),
    "an extension that is too long": index(ENTRIES.items(), extensions=b"TREE\xff\xff\xff\xff"),
    "names that grow": index(GROWING, 4),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_nobody_knows_what_is_in_an_index_that_is_damaged(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, DAMAGED[name]) == UNKNOWN
    assert UNKNOWN.holds(b"a/b", is_folder=False)
    assert UNKNOWN.holds(b"a/b", is_folder=True)


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_that_is_cut_short(tmp_path: Path, name: str) -> None:
    """Only extensions, which say nothing about files, can be lost unnoticed."""
    data = INDEXES[name]
    whole = read(tmp_path, data)
    for end in (*range(0, 400, 7), *range(len(data) - 40, len(data), 3)):
        assert read(tmp_path, data[:end]) in (UNKNOWN, whole)


def test_any_index_can_be_read(tmp_path: Path) -> None:
    @given(st.sampled_from([*INDEXES.values()]), st.data())
    def run(data: bytes, more: st.DataObject) -> None:
        changed = bytearray(data)
        for _ in range(3):
            changed[more.draw(st.integers(0, 400))] = more.draw(st.integers(0, 255))
        read(tmp_path, bytes(changed))

    run()


@pytest.mark.parametrize("what", ["folder", "pipe", "link to a device"])
def test_an_index_that_is_no_file(tmp_path: Path, what: str) -> None:
    odd(tmp_path / "index", what)
    assert tracked_in(str(tmp_path)) == UNKNOWN


def odd(path: Path, what: str) -> None:
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("what", ["folder", "pipe", "link to a device"])
def test_an_ignore_file_that_is_no_file(tmp_path: Path, what: str) -> None:
    repository(tmp_path)
    odd(tmp_path / ".gitignore", what)
    make(tmp_path, {".git/info/x": "", "a.yaml": ""})
    odd(tmp_path / ".git" / "info" / "exclude", what)
    assert found(tmp_path) == {"a.yaml"}


def test_an_ignore_file_that_is_a_link(tmp_path: Path) -> None:
    """Git does not follow it."""
    repository(tmp_path)
    make(tmp_path, {"rules": "a.yaml\n", "a.yaml": ""})
    (tmp_path / ".gitignore").symlink_to("rules")
    assert found(tmp_path) == {"a.yaml"}


def test_what_is_tracked_though_ignored(tmp_path: Path) -> None:
    repository(tmp_path)
    make(
        tmp_path,
        {".gitignore": "*.yaml\nc/\n", ".git/index": index({b"c/d/a.yaml": FILE}.items())},
    )
    make(tmp_path, dict.fromkeys(("a.yaml", "c/a.yaml", "c/d/a.yaml", "c/d/b.yaml"), ""))
    assert found(tmp_path) == {"c/d/a.yaml"}
    (tmp_path / ".git" / "index").write_bytes(b"damaged")
    assert found(tmp_path) == {"a.yaml", "c/a.yaml", "c/d/a.yaml", "c/d/b.yaml"}


def test_no_link_leads_to_what_is_tracked(tmp_path: Path) -> None:
    """What git tracks below a folder is gone once a link stands in its place."""
    work = tmp_path / "work"
    repository(work)
    make(work, {".gitignore": "c\n", ".git/index": index({b"c/a.yaml": FILE}.items())})
    make(tmp_path, {"other/a.yaml": ""})
    (work / "c").symlink_to(tmp_path / "other")
    assert found(work) == set()


def test_a_folder_that_is_named_though_ignored(tmp_path: Path) -> None:
    """It is walked like one outside, but for what is tracked in it."""
    repository(tmp_path)
    make(tmp_path, {".gitignore": "c/\n", ".git/index": index({b"c/vendor/b.yaml": FILE}.items())})
    make(tmp_path, dict.fromkeys(("c/.x/a.yaml", "c/vendor/a.yaml", "c/vendor/b.yaml"), ""))
    make(tmp_path, {"c/d/a.yaml": "", "c/d/.gitignore": "*\n"})
    assert found(tmp_path / "c") == {"d/a.yaml", "vendor/b.yaml"}
    assert found(tmp_path / "c" / "d") == {"a.yaml"}


WORDS = [
    *("u", "a", "b", "ab", "A", "a.b", ".h", ".github", "vendor", "node_modules", " s", "t "),
    *("#c", "!n", "n\nl", os.fsdecode(b"\xff\xfe"), "é", "b\\s", "[x]", 'q"t', "*", "-"),
]
WHOLE = [
    *(b"/*\n!/a\n!/.github\n", b"*\n!*/\n!*.yaml\n", b"*.yaml\n!a.yaml\n", b"\xef\xbb\xbfa\n"),
    *(b"*\n", b"**/\n"),
]


class Grower:
    """Grows repositories in which anything may be ignored, tracked or nested, by chance."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def happens(self, chance: float) -> bool:
        return self.dice.random() < chance

    def grow(self, root: Path, depth: int = 0) -> list[str]:
        """Make a repository of a folder; the paths of its own folders are given back."""
        files: list[str] = []
        folders, nested = [""], []
        for folder in folders:
            for _ in range(self.dice.randint(1, 4)):
                path = f"{folder}{self.dice.choice(WORDS)}"
                if path.count("/") > 2 or self.happens(0.55):
                    files += self.file(root, path)
                elif not os.path.lexists(root / path):
                    (root / path).mkdir()
                    if depth < 2 and self.happens(0.1):
                        nested.append(path)
                        self.grow(root / path, depth + 1)
                    else:
                        folders.append(f"{path}/")
        git(root, "init", "-q", f"--object-format={self.dice.choice(['sha1', 'sha1', 'sha256'])}")
        paths = [*files, *folders[1:], *nested]
        for folder in folders:
            if self.happens(0.2 if folder else 0.8):
                self.write(root / folder / ".gitignore", paths)
        if self.happens(0.3):
            self.write(root / ".git" / "info" / "exclude", paths)
        self.track(root, files, nested)
        return folders

    def file(self, root: Path, path: str) -> list[str]:
        path += self.dice.choice([".yaml", ".yml", ".yaml", "", ".txt"])
        if os.path.lexists(root / path):
            return []
        if self.happens(0.05):
            (root / path).symlink_to(self.dice.choice(["a.yaml", "..", "a"]))
        else:
            (root / path).touch()
        return [path]

    def write(self, file: Path, paths: list[str]) -> None:
        """Write an ignore file, most of it about paths that there are."""
        lines = [self.pattern(paths) for _ in range(self.dice.randint(1, 4))]
        joined = self.dice.choice([b"\n", b"\r\n"]).join(lines)
        file.write_bytes(self.dice.choice(WHOLE) if self.happens(0.2) else joined)

    def pattern(self, paths: list[str]) -> bytes:
        path = self.dice.choice(paths if paths and self.happens(0.7) else WORDS)
        parts = os.fsencode(path).removesuffix(b"/").split(b"/")
        at = self.dice.randrange(len(parts))
        parts = self.dice.choice([parts, parts[at:], parts[-1:], parts[: at + 1]])
        if self.happens(0.4):
            at = self.dice.randrange(len(parts))
            part = parts[at]
            forms = [b"*", b"**", b"***", b"*.yaml", part[:1] + b"*", b"*" + part[1:]]
            forms += [b"\\" + part, b"?" + part[1:], b"[" + part[:1] + b"]" + part[1:]]
            parts[at] = self.dice.choice([*forms, b"[!" + part[:1] + b"]*"])
        before = self.dice.choice([b"", b"", b"", b"/", b"**/", b"!", b"!/", b"#"])
        behind = self.dice.choice([b"", b"", b"", b"/", b"/**", b" "])
        return (before + b"/".join(parts) + behind).replace(b"\n", b"?")

    def track(self, root: Path, files: list[str], nested: list[str]) -> None:
        """Add some of the files, to an index of any form, and delete some of those."""
        added = [path for path in files if self.happens(0.4)]
        intent = ["-N"] if self.happens(0.1) else []
        if added:
            git(root, "add", "-f", *intent, "--", *(f":(literal){path}" for path in added))
        for path in nested:
            # One without a commit cannot be added, nor one of another format.
            git(root, "add", "-f", "--", f":(literal){path}", may_fail=True)
        if self.happens(0.5):
            git(root, "commit", "-q", "-m", "x", may_fail=True)
        form = self.dice.choice([(), (), ("--index-version", "4"), ("--split-index",)])
        if form and added:
            git(root, "update-index", *form)
            git(root, "update-index", "--add", "-z", "--stdin", stdin=os.fsencode(files[0]))
        if self.happens(0.2) and added:
            git(
                root,
                "update-index",
                "--skip-worktree",
                "-z",
                "--stdin",
                stdin=os.fsencode(added[0]),
            )
        for path in added:
            if self.happens(0.1):
                (root / path).unlink()


def listed_by_git(folder: Path) -> set[Path]:
    """The manifests that git tracks, or would track, those of repositories below among them."""
    manifests = set()
    told = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, os.fsdecode(told).split("\0")):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            manifests |= listed_by_git(path)
        elif path.suffix in (".yaml", ".yml") and path.is_file():
            manifests.add(path)
    return manifests


def test_a_walk_lists_what_git_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need: Need
) -> None:
    need("git")
    make(tmp_path, {".config/git/ignore": "u.yaml\n"})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    top = tmp_path / "work"

    @settings(max_examples=50)
    @given(st.integers(0, 2**32))
    def run(seed: int) -> None:
        dice = random.Random(seed)
        shutil.rmtree(top, ignore_errors=True)
        top.mkdir()
        for folder in {"", dice.choice(Grower(dice).grow(top))}:
            if folder and ignored_by_git([os.fsencode(folder)], top):
                continue  # Who names it means it, but git lists only what is tracked.
            walked = {top / folder / path for path in found(top / folder)}
            assert walked == listed_by_git(top / folder)

    run()
