"""Pack each `k8slint-PLATFORM.pyz` of a release for krew, which installs plugins of kubectl.

`python3 packaging/krew.py dist` writes the archives there, and the manifest with their checksums.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = "kubectl-k8slint"


def main(folder: Path) -> None:
    for program in sorted(folder.glob("k8slint-*.pyz")):
        platform = program.stem.removeprefix("k8slint-")
        (folder / f"{PROGRAM}-{platform}.tar.gz").write_bytes(packed(program))
    manifest = (HERE / "krew.yaml").read_text(encoding="utf-8")
    (folder / "krew.yaml").write_text(with_checksums(manifest, folder), encoding="utf-8")


def packed(program: Path) -> bytes:
    """Return an archive of the program and the licence: the same bytes for the same files."""
    archive = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=archive, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for name, path, mode in (
            (PROGRAM, program, 0o755),
            ("LICENSE", HERE.parent / "LICENSE", 0o644),
        ):
            data = path.read_bytes()
            about = tarfile.TarInfo(name)
            about.size, about.mode = len(data), mode
            tar.addfile(about, io.BytesIO(data))
    return archive.getvalue()


def with_checksums(manifest: str, folder: Path) -> str:
    """Return the manifest with the SHA-256 of each archive that it names, below its address."""

    def added(line: re.Match[str]) -> str:
        data = (folder / line["name"]).read_bytes()
        return f"{line[0]}\n{line['indent']}sha256: {hashlib.sha256(data).hexdigest()}"

    return re.sub(r"(?m)^(?P<indent> +)uri: .*/(?P<name>[\w.-]+)$", added, manifest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
