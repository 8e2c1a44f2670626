"""Texts that are played with, and how: a story is told to an editor with a folder open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.command import make
from tests.server.client import Client, editor

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1", ports: [{containerPort: 8080}]}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"""
LONG = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: a
    lifecycle: {preStop: {sleep: {seconds: 40}}}
"""


def run_in(folder: Path, files: Mapping[str, str], story: Any, **how: Any) -> None:
    """Play a story in an editor that has a folder with some files open."""
    make(folder, files)

    async def run() -> None:
        async with editor(folder, **how) as client:
            await story(client)

    asyncio.run(run())


def codes(client: Client, path: Path) -> list[Any]:
    return [one.code for one in client.shown[str(path)]]
