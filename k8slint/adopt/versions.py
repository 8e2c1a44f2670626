"""Which version of Kubernetes a repository says its clusters have, and where it says so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from k8slint.adopt.confined import read_confined
from k8slint.kubernetes.gates import Minor
from k8slint.kubernetes.versions import NEWEST_KNOWN
from k8slint.records import NamedTuple
from k8slint.render.charts.helm import CHART

# Images of clusters, and clusters as eksctl and Terraform define them, by literal versions.
_IMAGE = re.compile(rb"\b(kindest/node|rancher/k3s|siderolabs/kubelet):v1\.(\d{1,3})\.\d")
_EKSCTL = re.compile(rb"(?m)^apiVersion:[ \t]{1,9}[\"']?eksctl\.io/")
_EKSCTL_VERSION = re.compile(rb"(?m)^  version:[ \t]{1,9}[\"']?1\.(\d{1,3})[\"']?[ \t]{0,9}\r?$")
_TERRAFORM = re.compile(
    rb"(?m)^[ \t]{0,40}(cluster_version|kubernetes_version|min_master_version)[ \t]{0,40}="
    rb'[ \t]{0,9}"1\.(\d{1,3})(?:\.\d{1,3})?"'
)
_KUBE_VERSION = re.compile(rb"(?m)^kubeVersion:[ \t]{1,9}([^\r\n#]{1,200})")
_BOUND = re.compile(rb"([<>=!~^]{0,2})[ \t]{0,9}v?1\.(\d{1,3})")
_LOWER = (b"", b"=", b">=", b">", b"^", b"~")
# Folders are searched so deep, and so many of these files are read.
_STARTING = (".tf", ".sh", ".yaml.j2", "Makefile")
_LEFT_OUT = ("node_modules", "vendor")
_DEPTH = 6
_MOST_FILES = 2_000


class VersionHint(NamedTuple):
    """A version that a place in a repository names; a chart names the oldest that it supports."""

    minor: Minor
    path: str
    line: int
    said: str
    is_cluster: bool = True


def find_versions(root: Path, manifests: Iterable[Path]) -> list[VersionHint]:
    """Return what the files of a repository say: its YAML, and what starts clusters.

    The paths are absolute.
    """
    found: list[VersionHint] = []
    for path in (*manifests, *_programs_of(root)):
        data = read_confined(root, path)
        shown = path.relative_to(root).as_posix()
        found += (one for one in _hints(data, shown) if one.minor <= NEWEST_KNOWN)
    return found


def choose_version(found: Iterable[VersionHint]) -> VersionHint | None:
    """Return the hint with the oldest version, those of clusters before those of charts.

    What is right in the oldest of several clusters is so in all of them.
    """
    return min(found, key=lambda one: (not one.is_cluster, one.minor, one.path), default=None)


def _hints(data: bytes, path: str) -> Iterator[VersionHint]:
    for match in _IMAGE.finditer(data):
        before = data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        if not before.lstrip(b" \t").startswith(b"#"):
            yield _hint(data, match, path, f"{match[1].decode()} image")
    if path.endswith(".tf"):
        for match in _TERRAFORM.finditer(data):
            yield _hint(data, match, path, match[1].decode())
    if _EKSCTL.search(data) and (version := _EKSCTL_VERSION.search(data)):
        yield _hint(data, version, path, "eksctl cluster", group=1)
    if path.rpartition("/")[2] == CHART and (bounds := _KUBE_VERSION.search(data)):
        lower = [int(minor) for bound, minor in _BOUND.findall(bounds[1]) if bound in _LOWER]
        if lower:
            line = data.count(b"\n", 0, bounds.start()) + 1
            yield VersionHint((1, min(lower)), path, line, "kubeVersion", is_cluster=False)


def _hint(
    data: bytes, match: re.Match[bytes], path: str, said: str, group: int = 2
) -> VersionHint:
    line = data.count(b"\n", 0, match.start(group)) + 1
    return VersionHint((1, int(match[group])), path, line, said)


def _programs_of(root: Path) -> Iterator[Path]:
    """Yield what starts clusters in a repository; nothing that is hidden, and through no link."""
    waiting, left = [(root, 0)], _MOST_FILES
    while waiting and left:
        folder, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _LEFT_OUT:
                continue
            if entry.is_dir(follow_symlinks=False) and depth < _DEPTH:
                waiting.append((Path(entry.path), depth + 1))
            elif entry.name.endswith(_STARTING) and entry.is_file(follow_symlinks=False) and left:
                left -= 1
                yield Path(entry.path)
