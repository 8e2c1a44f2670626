"""Image configs that a call gives: how tools print them, what is broken."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.images import layout as in_layouts
from k8slint.images import reading
from k8slint.images.fact import Fact, Strength
from k8slint.images.given import GivenImages, full_name
from k8slint.images.printed import ImageUnread, declared_signal
from k8slint.images.reading import read_images
from tests.command import make

EMPTY: dict[str, Any] = {"architecture": "amd64", "os": "linux", "rootfs": {}}
IMAGE_INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
REF = "org.opencontainers.image.ref.name"


def config(**declared: Any) -> dict[str, Any]:
    """A config as `crane config` prints it."""
    return {**EMPTY, "created": "2026-02-03T04:05:06Z", "config": declared}


def inspected(*names: str, **declared: Any) -> dict[str, Any]:
    """An image as `docker inspect` prints it."""
    digests = [name for name in names if "@" in name]
    tags = [name for name in names if "@" not in name]
    return {"RepoTags": tags, "RepoDigests": digests, "Config": declared, "Os": "linux"}


def put(folder: Path, said: Mapping[str, Any] | bytes) -> str:
    """Write a blob; return its digest."""
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    digest = sha256(data).hexdigest()
    make(folder, {f"blobs/sha256/{digest}": data})
    return f"sha256:{digest}"


def image_in(folder: Path, said: Any, platform: str = "linux/amd64") -> dict[str, Any]:
    """Write a config and its manifest; return the entry of an index."""
    about = {"mediaType": CONFIG, "digest": put(folder, said)}
    digest = put(folder, {"schemaVersion": 2, "config": about})
    os_name, _, machine = platform.partition("/")
    return {
        "mediaType": MANIFEST,
        "digest": digest,
        "platform": {"os": os_name, "architecture": machine},
    }


def index_in(folder: Path, *entries: dict[str, Any]) -> dict[str, Any]:
    """Write an index that others nest; return the entry for it."""
    return {"mediaType": IMAGE_INDEX, "digest": put(folder, {"manifests": entries})}


def layout(folder: Path, *entries: tuple[str, dict[str, Any]]) -> Path:
    """Write the index of a layout, each image with its name."""
    named = [{**entry, "annotations": {REF: name} if name else {}} for name, entry in entries]
    files = {"oci-layout": '{"imageLayoutVersion": "1.0.0"}'}
    make(folder, files | {"index.json": json.dumps({"schemaVersion": 2, "manifests": named})})
    return folder


# What is printed, and what it declares: entry point, command, variables, stop signal.
NOTHING: tuple[Any, ...] = ((), (), (), "TERM")
DECLARED: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "all of it": (
        config(Entrypoint=["tini", "--"], Cmd=["app"], Env=["A=1=2", "B"], StopSignal="SIGQUIT"),
        (("tini", "--"), ("app",), (("A", "1=2"), ("B", "")), "QUIT"),
    ),
    "null": (config(Entrypoint=None, Cmd=None, Env=None, StopSignal=""), NOTHING),
    "nothing": (config(), NOTHING),
    "no config at all": (EMPTY, NOTHING),
    "config: null": (EMPTY | {"config": None}, NOTHING),
    "Docker's additions": (config(Cmd=["x"], Shell=["/bin/bash", "-c"]), ((), ("x",), (), "TERM")),
    "docker inspect of one": (inspected("web:1", Cmd=["x"]), ((), ("x",), (), "TERM")),
    "docker inspect": ([inspected("web:1", Cmd=["x"])], ((), ("x",), (), "TERM")),
    # A container of Windows gets no such signal, and its words are read by other rules.
    "Windows": (config(Cmd=["x"]) | {"os": "windows"}, (None, None, None, None)),
}


@pytest.mark.parametrize("name", DECLARED)
def test_what_a_config_declares(tmp_path: Path, name: str) -> None:
    said, declared = DECLARED[name]
    make(tmp_path, {"web.json": json.dumps(said)})
    (image,) = read_images(str(tmp_path / "web.json"), "web:1")
    of = image.config
    assert (of.entrypoint, of.cmd, of.env, of.stop_signal) == declared
    assert (of.shell, of.wraps) == (None, None)


def test_where_it_is_known_from(tmp_path: Path) -> None:
    for created, date in (
        ("2026-02-03T04:05:06Z", "2026-02-03"),
        ("1970-01-01T00:00:00Z", ""),
        ("0001-01-01T00:00:00Z", ""),
        (None, ""),
        (7, ""),
    ):
        make(tmp_path, {"web.json": json.dumps(config() | {"created": created})})
        (image,) = read_images(str(tmp_path / "web.json"), "web:1")
        source = f"image config {tmp_path / 'web.json'}"
        assert image.config.fact == Fact(Strength.IMAGE, source, date)


SIGNALS: list[tuple[Any, str | None]] = [
    *((None, "TERM"), ("", "TERM"), ("SIGINT", "INT"), ("int", "INT"), ("3", "QUIT")),
    *(("15", "TERM"), (28, "WINCH"), ("31", "SYS"), ("34", "RTMIN"), ("37", "RTMIN+3")),
    *(("49", "RTMIN+15"), ("50", "RTMAX-14"), ("64", "RTMAX"), ("SIGRTMIN+3", "RTMIN+3")),
    *(("0", None), ("32", None), ("65", None), ("٣", None), ("SIGFOO", None), (["x"], None)),
]


@pytest.mark.parametrize(("written", "name"), SIGNALS)
def test_a_stop_signal(written: object, name: str | None) -> None:
    assert declared_signal(written) == name


# The names of a config, and an image of a manifest that is it, or is not.
JOINS: list[tuple[tuple[str, ...], str, bool]] = [
    (("web:1.4",), "web:1.4", True),
    (("web:1.4",), "docker.io/library/web:1.4", True),
    (("docker.io/web:1.4",), "web:1.4", True),
    (("shop/web:1.4",), "index.docker.io/shop/web:1.4", True),
    (("localhost/web:1",), "localhost/web:1", True),
    (("localhost:5000/web:1",), "localhost:5000/web:1", True),
    (("shop/web",), "shop/web:latest", True),
    (("shop/web:latest",), "shop/web", True),
    (("shop/web:1.4",), "shop/web:1.5", False),
    (("shop/web:1.4",), "shop/web", False),
    (("shop/web:1.4",), "web:1.4", False),
    # Another registry may hold another image.
    (("shop/web:1.4",), "mirror.example.com/shop/web:1.4", False),
    (("shop/web:1.4",), "shop/web:{{ .tag }}", False),
    (("web@sha256:aa",), "web@sha256:aa", True),
    (("web@sha256:aa",), "web:1@sha256:aa", True),
    (("web@sha256:aa",), "web:1@sha256:bb", False),
    (("web@sha256:aa",), "web:1", False),
    (("web:1",), "web@sha256:aa", False),
    # Nothing says that the tag is of another digest.
    (("web:1",), "web:1@sha256:aa", True),
    # The tag has moved.
    (("web:1", "web@sha256:aa"), "web:1@sha256:bb", False),
    (("web:1", "web@sha256:aa"), "web:1", True),
    (("web:1", "web:2"), "web:2", True),
]


@pytest.mark.parametrize(("names", "image", "is_joined"), JOINS)
def test_which_image_a_config_is_of(
    tmp_path: Path, names: tuple[str, ...], image: str, is_joined: bool
) -> None:
    make(tmp_path, {"x.json": json.dumps(inspected(*names))})
    found = GivenImages(read_images(str(tmp_path / "x.json"))).find(image)
    assert (found is not None) == is_joined


def test_the_first_of_two_with_the_same_name(tmp_path: Path) -> None:
    images = [inspected("web:1", Cmd=["a"]), inspected("web:1", Cmd=["b"])]
    make(tmp_path, {"x.json": json.dumps(images)})
    found = GivenImages(read_images(str(tmp_path / "x.json"))).find("web:1")
    assert found is not None
    assert found.cmd == ("a",)


def test_names_by_paths(tmp_path: Path) -> None:
    """A name that is printed beside a config, or given, comes before that of the path."""
    files = {
        "ghcr.io/shop/web:1.4.json": config(),
        "ghcr.io/shop/web@sha256:aa.json": config(),
        "redis.json": config(),
        "all.json": [inspected("a:1"), inspected("b:2", "b@sha256:bb")],
    }
    make(tmp_path, {name: json.dumps(said) for name, said in files.items()})
    make(tmp_path, {"README.md": "no config"})
    layout(tmp_path / "quay.io/shop/api", ("2.0", image_in(tmp_path / "quay.io/shop/api", EMPTY)))
    names = [image.names for image in read_images(str(tmp_path))]
    assert names[:4] == [
        ("docker.io/library/a:1",),
        ("docker.io/library/b:2", "docker.io/library/b@sha256:bb"),
        ("docker.io/library/redis:latest",),
        ("ghcr.io/shop/web:1.4",),
    ]
    assert names[4] == ("ghcr.io/shop/web@sha256:aa",)
    assert [name.partition("@")[0] for name in names[5]] == [
        "quay.io/shop/api:2.0",
        "quay.io/shop/api",
    ]
    assert len(names) == 6
    (image,) = read_images(str(tmp_path / "redis.json"), "shop/cache:3")
    assert image.names == ("docker.io/shop/cache:3",)


def test_the_names_in_a_layout(tmp_path: Path) -> None:
    """They are a tag or a whole name; what the caller says comes first."""
    one, other = image_in(tmp_path, config(Cmd=["a"])), image_in(tmp_path, config(Cmd=["b"]))
    layout(tmp_path, ("ghcr.io/shop/web:1", one))
    assert names_in(tmp_path) == [["ghcr.io/shop/web:1", f"ghcr.io/shop/web@{one['digest']}"]]
    assert names_in(tmp_path, "x/y:2") == [["docker.io/x/y:2", f"docker.io/x/y@{one['digest']}"]]
    layout(tmp_path, ("1", one), ("2", other))
    assert names_in(tmp_path, "x.io/y") == [
        ["x.io/y:1", f"x.io/y@{one['digest']}"],
        ["x.io/y:2", f"x.io/y@{other['digest']}"],
    ]
    assert names_in(tmp_path, "x.io/y:2") == [["x.io/y:2", f"x.io/y@{other['digest']}"]]
    assert names_in(tmp_path, f"x.io/y@{one['digest']}") == [
        ["x.io/y:1", f"x.io/y@{one['digest']}"]
    ]
    layout(tmp_path, ("", one))
    assert names_in(tmp_path, "x.io/y") == [[f"x.io/y@{one['digest']}"]]


def names_in(folder: Path, image: str = "") -> list[list[str]]:
    return [[*one.names] for one in read_images(str(folder), image)]


def test_an_index_in_an_index(tmp_path: Path) -> None:
    """It is linux/amd64 that counts, wherever it stands, and others that differ are named."""
    arm = image_in(tmp_path, config(Cmd=["arm"]), "linux/arm64")
    same = image_in(tmp_path, config(Cmd=["amd"]) | {"architecture": "s390x"}, "linux/s390x")
    amd = image_in(tmp_path, config(Cmd=["amd"]))
    proof = image_in(tmp_path, config(Cmd=["proof"]), "unknown/unknown")
    inner = index_in(tmp_path, arm, same, proof, amd)
    outer = index_in(tmp_path, inner)
    layout(tmp_path, ("shop/web:1", outer))
    (image,) = read_images(str(tmp_path))
    assert image.config.cmd == ("amd",)
    digests = [one["digest"] for one in (outer, inner, amd)]
    assert [*image.names[1:]] == [f"docker.io/shop/web@{digest}" for digest in digests]
    assert image.config.fact.source.endswith(" (linux/amd64; linux/arm64 differs)")
    layout(tmp_path, ("shop/web:1", index_in(tmp_path, same, amd)))
    (image,) = read_images(str(tmp_path))
    assert image.config.fact.source == f"image config {tmp_path}"


def test_what_is_no_image_in_a_layout(tmp_path: Path) -> None:
    """Charts and signatures stand in layouts, too; blobs that no index names are not read."""
    about = {
        "mediaType": "application/vnd.cncf.helm.config.v1+json",
        "digest": put(tmp_path, b"#"),
    }
    chart = {"mediaType": MANIFEST, "digest": put(tmp_path, {"config": about})}
    make(tmp_path, {"blobs/sha256/of-nothing": b"\0" * 2_000_000})
    layout(tmp_path, ("shop/web:1", image_in(tmp_path, config())), ("shop/chart:1", chart))
    (image,) = read_images(str(tmp_path))
    assert image.names[0] == "docker.io/shop/web:1"


def deep(folder: Path) -> None:
    entry = image_in(folder, config())
    for _ in range(5):
        entry = index_in(folder, entry)
    layout(folder, ("shop/web:1", entry))


def wide(folder: Path) -> None:
    entry = image_in(folder, config())
    for _ in range(3):
        entry = index_in(folder, *([entry] * 900))
    layout(folder, ("shop/web:1", entry))


def changed(folder: Path) -> None:
    entry = image_in(folder, config())
    layout(folder, ("shop/web:1", entry))
    blob = folder / "blobs/sha256" / entry["digest"].removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes() + b" ")


def missing(folder: Path) -> None:
    entry = image_in(folder, config())
    layout(folder, ("shop/web:1", entry))
    (folder / "blobs/sha256" / entry["digest"].removeprefix("sha256:")).unlink()


def leading_out(folder: Path) -> None:
    entry = image_in(folder, config())
    layout(folder, ("shop/web:1", entry))
    outside = folder.parent / "outside"
    blob = folder / "blobs/sha256" / entry["digest"].removeprefix("sha256:")
    blob.rename(outside)
    blob.symlink_to(outside)


def naming(digest: Any) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        layout(folder, ("shop/web:1", {"mediaType": MANIFEST, "digest": digest}))

    return write


def huge(folder: Path) -> None:
    layout(folder, ("shop/web:1", image_in(folder, config(Cmd=["x" * 1_000_000]))))


def in_layout(files: Mapping[str, str]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        make(folder, {"oci-layout": "{}"} | dict(files))

    return write


def link_out(folder: Path) -> None:
    outside = folder.parent / "outside.json"
    outside.write_text(json.dumps(config()))
    (folder / "web:2.json").symlink_to(outside)


def in_file(said: Any) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        text = said if isinstance(said, str | bytes) else json.dumps(said)
        make(folder, {"web:1.json": text})

    return write


SKOPEO = {"Name": "x", "Digest": "sha256:aa", "RepoTags": [], "Os": "linux", "Env": ["A=1"]}
CONTAINER = {"Id": "x", "Config": {"Cmd": ["x"]}, "HostConfig": {}}
# What is broken: how it is made, and what the message says after the path of the folder.
BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "an empty folder": (lambda folder: None, "neither a .json file nor an OCI layout is in it"),
    "an empty file": (in_file(""), "web:1.json: it is empty: the command that was to write it"),
    "not JSON": (in_file("{'a': 1}"), "web:1.json: it is not valid JSON"),
    "a log": (in_file('FATA[0000] Error parsing image name "x"'), "web:1.json: it is not valid"),
    "bytes": (in_file(b"\x80\x81{}"), "web:1.json: it is not valid JSON"),
    "brackets": (in_file("[" * 100_000), "web:1.json: it is nested too deeply"),
    "digits": (in_file("9" * 5_000), "web:1.json: it is not valid JSON"),
    "a number": (in_file("7"), "web:1.json: it is not an object"),
    "no image": (in_file([]), "web:1.json: it is an empty list: docker inspect knew no such"),
    "another object": (in_file({"a": 1}), "web:1.json: it is not the config of an image: write"),
    "skopeo inspect": (in_file(SKOPEO), "prints without --config, which has no Entrypoint, Cmd"),
    "crane manifest": (
        in_file({"schemaVersion": 2}),
        "the manifest of an image, which only names",
    ),
    "a container": (in_file([CONTAINER]), "is about a container, not an image: write"),
    "a text": (in_file(config(Entrypoint="/app")), "`Entrypoint` is not a list of strings"),
    "numbers": (in_file(config(Cmd=[1])), "`Cmd` is not a list of strings"),
    "a list": (in_file(EMPTY | {"config": []}), "`config` is not an object"),
    "a large file": (in_file(config(Cmd=["x" * 4_000_000])), "more than 4 MB, the limit"),
    "a link that leads out": (link_out, "web:2.json: it leads out of"),
    "deep": (deep, "index.json: its indexes are nested more than 4 deep"),
    "wide": (wide, "index.json: it leads to more than 10000 manifests"),
    "a changed blob": (changed, ": its SHA-256 is not its name; copy the layout again"),
    "no such blob": (missing, ": cannot be read: No such file"),
    "a blob that leads out": (leading_out, ": it leads out of"),
    "dots": (naming("sha256:../../../etc/passwd"), "by something else than its SHA-256"),
    "another hash": (naming("sha512:" + "a" * 128), "by something else than its SHA-256"),
    "no digest": (naming(None), "by something else than its SHA-256"),
    "a large config": (huge, "more than 1 MB, the limit"),
    "no index": (in_layout({}), "index.json: cannot be read: No such file"),
    "an index that is a list": (
        in_layout({"index.json": "[]"}),
        "index.json: it is not an object, or lacks",
    ),
    "an index without entries": (in_layout({"index.json": "{}"}), "`manifests` is not a list"),
    "an empty index": (in_layout({"index.json": '{"manifests": []}'}), "no image is in this OCI"),
    "a large index": (in_layout({"index.json": " " * 4_000_001}), "more than 4 MB, the limit"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken(tmp_path: Path, name: str) -> None:
    write, message = BROKEN[name]
    folder = tmp_path / "configs"
    folder.mkdir()
    write(folder)
    with pytest.raises(ImageUnread) as raised:
        read_images(str(folder))
    assert str(raised.value).startswith(f"{folder}: ")
    assert message in str(raised.value)


def test_how_much_is_read_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {f"a/{name}.json": json.dumps(config()) for name in "xyz"})
    monkeypatch.setattr(reading, "_MOST_FILES", 2)
    with pytest.raises(ImageUnread, match="more than 2 configs, the limit"):
        read_images(str(tmp_path / "a"))
    layout(tmp_path / "b", ("shop/web:1", image_in(tmp_path / "b", config())))
    monkeypatch.setattr(in_layouts, "_MOST_READ", 300)
    with pytest.raises(ImageUnread, match="its indexes and configs have more than"):
        read_images(str(tmp_path / "b"))


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    make(tmp_path, {"a/web:1.json": json.dumps(config())})
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert names_in(tmp_path) == [["docker.io/a/web:1"]]


# How a config can fail to say which image it is of.
NAMELESS: list[tuple[Any, str, str]] = [
    (config(), "", "`web.json` does not say which image this is: name the file like the image"),
    (inspected(), "", "`web.json` does not say which image this is"),
    (config(), "web:1 ", "`web:1 ` is not the name of an image"),
    ([inspected("a:1"), inspected("b:1")], "c:1", "2 images are in it, which cannot have one"),
]


@pytest.mark.parametrize(("said", "image", "message"), NAMELESS)
def test_what_has_no_name(tmp_path: Path, said: Any, image: str, message: str) -> None:
    make(tmp_path, {"web.json": json.dumps(said)})
    with pytest.raises(ImageUnread) as raised:
        read_images(str(tmp_path / "web.json"), image)
    assert message in str(raised.value)


def test_what_has_no_name_in_a_layout(tmp_path: Path) -> None:
    layout(tmp_path, ("1", image_in(tmp_path, config())), ("2", image_in(tmp_path, EMPTY)))
    for image, message in (("", "names no repository"), ("x.io/y:3", "index.json names no 3")):
        with pytest.raises(ImageUnread) as raised:
            read_images(str(tmp_path), image)
        assert message in str(raised.value)


def test_several_cannot_have_one_name(tmp_path: Path) -> None:
    make(tmp_path, {"a.json": json.dumps(config())})
    with pytest.raises(ImageUnread, match="a folder of several images"):
        read_images(str(tmp_path), "web:1")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "web.json")
    with pytest.raises(ImageUnread, match="a named pipe, not a regular file"):
        read_images(str(tmp_path))


WORDS = st.lists(st.sampled_from(["a", "b-c", "d.e", "f_g", "localhost"]), min_size=1)


@given(WORDS, st.sampled_from(["", ":1", ":v1.2-x", "@sha256:aa", ":1@sha256:aa"]))
def test_a_full_name_stays_what_it_is(parts: list[str], end: str) -> None:
    for host in ("", "docker.io/", "index.docker.io/", "localhost:5000/"):
        name = full_name(f"{host}{'/'.join(parts)}{end}")
        assert full_name(name) == name
