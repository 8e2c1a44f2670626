"""Charts, overlays and tools for the tests of what renders them."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.command import check, make

SECRET = "not-a-real-token"
CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 10
  containers:
  - name: %s
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 10}}}
"""
FORMATS = ("full", "json", "sarif", "junit", "gitlab", "markdown")
RESOURCE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"
SUB = {"sub/Chart.yaml": CHART.replace("shop", "sub"), "sub/templates/a.yaml": POD % "app"}

Tree = Mapping[str, str | bytes]


def everything(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """All that is said of a folder, in every format."""
    said = [check(folder, "--render", "--diff", "--unsafe-fixes", *arguments, env=env)]
    targets = [f"--output-format={one}={folder}.{one}" for one in FORMATS]
    said.append(check(folder, "--render", "-v", *arguments, *targets, env=env))
    written = [Path(f"{folder}.{one}").read_text("utf-8") for one in FORMATS]
    return "\n".join([*(f"{ran.text}\n{ran.err}" for ran in said), *written])


def plugin(kind: str, more: str) -> str:
    return f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: a}}\n{more}\n"


def packed(files: Mapping[str, str | bytes], *others: tarfile.TarInfo) -> bytes:
    """A packed chart."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            text = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
        for entry in others:
            archive.addfile(entry)
    return data.getvalue()


def stand_in(folder: Path, name: str, does: str) -> str:
    """A PATH with a program of that name only, which runs Python."""
    make(folder, {name: f"#!{sys.executable} -IS\nimport os, subprocess, sys, time\n{does}\n"})
    (folder / name).chmod(0o755)
    return str(folder)


def printing(folder: Path, name: str, text: str) -> str:
    """A PATH with a program of that name only, which prints a text."""
    make(folder, {f"{name}.txt": text, name: f"#!/bin/sh\nexec /bin/cat '{folder}/{name}.txt'\n"})
    (folder / name).chmod(0o755)
    return str(folder)
