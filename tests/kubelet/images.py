"""Images of BusyBox and the witness, made without a registry."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping
from pathlib import Path

APPLETS = ("cat", "echo", "env", "false", "kill", "sh", "sleep", "test", "true", "wait")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
FOLDERS = ("bin", "dev", "etc", "log", "proc", "sys", "tmp")


def write_image(path: Path, name: str, programs: Mapping[str, Path], signal: str | None) -> None:
    """Write an archive for `ctr images import`; `signal` is the stop signal the image declares."""
    layer = layer_of(programs)
    declared: dict[str, object] = {"Env": ["PATH=/bin"], "Cmd": ["/bin/sleep", "1000000"]}
    if signal:
        declared["StopSignal"] = signal
    config = json.dumps(
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": declared,
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"],
            },
        }
    ).encode()
    of_config = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": of_config, "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        add(archive, of_config, config)
        add(archive, "layer.tar", layer)
        add(archive, "manifest.json", json.dumps(manifest).encode())


def layer_of(programs: Mapping[str, Path]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as layer:
        for folder in FOLDERS:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            layer.addfile(entry)
        for name, program in programs.items():
            add(layer, f"bin/{name}", program.read_bytes(), 0o755)
        for applet in APPLETS:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            layer.addfile(entry)
    return written.getvalue()


def add(archive: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))
