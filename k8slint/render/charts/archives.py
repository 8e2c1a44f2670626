"""Packed charts, repacked so that helm finds in them only what was checked."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import zlib
from io import BytesIO
from pathlib import Path, PurePosixPath

from k8slint.coverage import Reason
from k8slint.render.tools import NotRendered
from k8slint.render.trees import LARGEST, CopyBudget
from k8slint.type_names import Any

SCHEMA = "values.schema.json"
PACKED = ".tgz"
_DEEPEST = 5
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
# The meta-schemas that helm ships.
_KNOWN = re.compile(r"https?://json-schema\.org/(draft-0[467]/|draft/20(19-09|20-12)/)?schema#?")


def is_packed(path: PurePosixPath) -> bool:
    """Whether helm would read a file as a packed subchart, by its path."""
    return path.suffix == PACKED and path.parent.name == "charts"


def repack(data: bytes, name: str, budget: CopyBudget, *, network: bool, depth: int = 1) -> bytes:
    """Repack the files of a packed chart; `name` is what messages call it.

    Raises NotRendered for links, devices, paths that lead outside, and too much of anything.
    """
    if depth > _DEEPEST:
        raise NotRendered(f"{name}: packed charts are nested {depth} deep")
    packed = BytesIO()
    try:
        unzipped = BytesIO(_unzip(data, name, budget))
        with (
            tarfile.open(fileobj=unzipped, mode="r:") as old,
            tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as new,
        ):
            for member in old:
                if member.isdir():
                    continue
                path = _path(member, name)
                budget.take(max(member.size, 0))
                file = old.extractfile(member)
                assert file
                content = file.read()
                if is_packed(path):
                    within = f"{name}/{path.name}"
                    content = repack(content, within, budget, network=network, depth=depth + 1)
                if path.name == SCHEMA:
                    check_schema(content, f"{name}/{path}", network=network)
                entry = tarfile.TarInfo(str(path))
                entry.size = len(content)
                new.addfile(entry, BytesIO(content))
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError):
        raise NotRendered(f"{name} cannot be unpacked") from None
    return packed.getvalue()


def unpack(data: bytes, name: str, folder: Path, budget: CopyBudget, *, network: bool) -> None:
    """Unpack a chart into a folder as helm reads it, without the folder that it is packed in.

    Raises NotRendered as for one that is repacked, and OSError.
    """
    packed = repack(data, name, budget, network=network)
    with tarfile.open(fileobj=BytesIO(packed), mode="r:gz") as archive:
        for member in archive:
            target = folder.joinpath(*PurePosixPath(member.name).parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            file = archive.extractfile(member)
            assert file
            target.write_bytes(file.read())


def check_schema(data: bytes, name: str, *, network: bool) -> None:
    """Refuse a values schema for which helm would fetch or read other files.

    Raises NotRendered.
    """
    outside: list[str] = []

    def look_at(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for key, value in pairs:  # Any value of a duplicate key may be the one used.
            if isinstance(value, str) and _leads_out(key, value):
                outside.append(value)
        return dict(pairs)

    try:
        json.loads(data, object_pairs_hook=look_at)
    except (ValueError, RecursionError):
        raise NotRendered(f"{name} cannot be read") from None
    for one in outside:
        if not one.lower().startswith(("http://", "https://")):
            raise NotRendered(f"{name} refers to {one}, which is not a part of it")
        if not network:
            raise NotRendered(
                f"{name} refers to {one}, which has to be fetched, and that takes --allow-network",
                Reason.REMOTE,
            )


def _leads_out(key: str, value: str) -> bool:
    """Whether an entry of a schema refers to something outside of it that helm does not ship."""
    if key == "$schema":
        return not _KNOWN.fullmatch(value)
    return key in _REFERENCES and not value.startswith("#") and not _KNOWN.fullmatch(value)


def _unzip(data: bytes, name: str, budget: CopyBudget) -> bytes:
    most = budget.bytes
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        unzipped = file.read(most + 1)
    if len(unzipped) > most:
        raise NotRendered(f"{name} is too large", Reason.TOO_LARGE)
    return unzipped


def _path(member: tarfile.TarInfo, name: str) -> PurePosixPath:
    """Return the path of a regular file in a packed chart. Raises NotRendered."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise NotRendered(f"{name}: {member.name} is not a regular file")
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or len(path.parts) < 2:
        raise NotRendered(f"{name}: {member.name} is not a path below one folder")
    if member.size > LARGEST:
        raise NotRendered(f"{name}: {path} has more than {LARGEST // 1_000_000} MB")
    return path
