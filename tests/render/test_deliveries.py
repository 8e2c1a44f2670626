"""Which charts GitOps objects have rendered, with which values: the cases of `deliveries.yaml`."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.manifest.values import root
from k8slint.render.charts.archives import unpack
from k8slint.render.charts.helm import chart_folders
from k8slint.render.charts.release import Release
from k8slint.render.gitops.adjusted import AdjustedOverlay, adjust_overlay
from k8slint.render.gitops.deliveries import find_deliveries
from k8slint.render.gitops.post_rendered import PatchedRelease
from k8slint.render.tools import NotRendered
from k8slint.render.trees import CopyBudget
from k8slint.render.written import SourceFiles, find_value
from tests.tables import check_keys, table

ROWS: dict[str, dict[str, Any]] = table("deliveries.yaml")
ORIGIN = "https://git.example.com/shop/fleet"
SOME_KEYS = ("sets", "strings", "hides_defaults", "local", "renderers")
KEYS = ("chart", "release", "namespace", "values")


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> dict[str, Any]:
    found = ROWS[request.param]
    optional = ("releases", "builds", "passed", "at", "link", "origin", "names", "details")
    check_keys(found, request.param, ("files", "object"), optional)
    for one in found.get("releases", ()):
        check_keys(
            one, request.param, KEYS, ("sets", "strings", "hides_defaults", "local", "renderers")
        )
    return found


def repository(folder: Path, row: dict[str, Any]) -> list[str]:
    """Write a repository with an object in it; return its files."""
    git = folder / ".git"
    for name in ("objects", "refs"):
        (git / name).mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
    origin = row.get("origin", ORIGIN)
    config = f'[remote "origin"]\n\turl = {origin}\n' if origin else ""
    (git / "config").write_text(f"[core]\n\tbare = false\n{config}", "utf-8")
    files = {**row["files"], row.get("at", "object.yaml"): row["object"]}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if "link" in row:
        (folder / row["link"]).symlink_to(folder.parent)
    return sorted(str(folder / name) for name in files)


def described(release: Release, folder: Path) -> dict[str, Any]:
    values = [yaml.safe_load(one.content(SourceFiles())) for one in release.given]
    found = {
        "chart": Path(release.folder).relative_to(folder).as_posix(),
        "release": release.release,
        "namespace": release.namespace,
        "values": values,
        "sets": [*release.sets],
        "strings": [*release.strings],
        "hides_defaults": release.hides_defaults,
        "local": [*release.local],
        "renderers": len(release.renderers) if isinstance(release, PatchedRelease) else 0,
    }
    return {key: one for key, one in found.items() if key in KEYS or one}


def content(one: AdjustedOverlay) -> object:
    """What is built in place of a kustomization."""
    files = SourceFiles()
    document = files.documents(one.owner)[one.options.document]
    spec = find_value(root(document), one.options.pointer)
    return json.loads(adjust_overlay(one.top, spec, files, one.root, one.options.replaced))


def test_what_is_rendered_and_what_is_not(row: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "fleet-of-shop"
    files = repository(folder, row)
    charts = chart_folders(str(Path(file).parent) for file in files)
    found = find_deliveries(files, charts, SourceFiles(), lambda _: str(folder), [str(folder)])
    assert [described(one, folder) for one in found.releases] == row.get("releases", [])
    built = [content(one) for one in found.overlays]
    assert built == row.get("builds", [])
    reasons = [one.reason.value if one.reason else one.extent.value for _, one in found.passed]
    assert reasons == row.get("passed", [])
    assert all(one.line and one.name for _, one in found.passed)
    shown = [one.name.replace(f"{folder}/", "") for one in found.releases]
    assert shown == row.get("names", shown)
    details = [one.detail for _, one in found.passed]
    assert details == row.get("details", details)


def test_each_release_has_a_name_of_its_own(tmp_path: Path) -> None:
    """What is tried with other values is remembered by the name."""
    folder = tmp_path.resolve() / "fleet"
    files = repository(folder, ROWS["a list of an ApplicationSet"])
    charts = [str(folder / "charts/web")]
    found = find_deliveries(files, charts, SourceFiles(), lambda _: str(folder), [])
    assert len({one.name for one in found.releases}) == len(found.releases) == 2


@pytest.mark.parametrize(("grace", "given"), [("7", {"grace": 7}), ("'{{ .Values.a }}'", None)])
def test_values_of_an_environment_follow_its_file(
    grace: str, given: dict[str, int] | None, tmp_path: Path
) -> None:
    folder = tmp_path.resolve() / "fleet"
    row = ROWS["environments of a helmfile that differ, and one that may not be read"]
    files = repository(folder, row)
    charts = [str(folder / "charts/web")]
    found = find_deliveries(files, charts, SourceFiles(), lambda _: str(folder), []).releases
    (one,) = (one for one in found if one.name.endswith("prod") and one.given)
    environment = str(folder / "envs/prod.yaml")
    assert environment in one.files
    changed = SourceFiles(changed={environment: f"grace: {grace}".encode()})
    if given:
        assert yaml.safe_load(one.given[0].content(changed)) == given
    else:
        with pytest.raises(NotRendered, match="is not known any more"):
            one.given[0].content(changed)


UNREAD_KEYS = (
    *("secrets", "env", "setTemplate", "valuesPathPrefix", "installedTemplate"),
    *("conditionTemplate", "directory", "strategicMergePatches", "jsonPatches", "transformers"),
    *("dependencies", "postRenderer", "missingFileHandler", "missingFileHandlerConfig"),
)


@pytest.mark.parametrize("key", UNREAD_KEYS)
def test_a_release_with_what_is_not_read_is_passed_over(key: str, tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "fleet"
    release = f"releases: [{{name: web, chart: ../charts/web, {key}: x}}]"
    row = {**ROWS["releases of helmfile"], "object": f"repositories: []\n{release}"}
    files = repository(folder, row)
    found = find_deliveries(
        files, [str(folder / "charts/web")], SourceFiles(), lambda _: str(folder), []
    )
    assert not found.releases
    ((_, one),) = found.passed
    assert one.detail == f"{key} of the release web is not read"


def packed(files: Mapping[str, str | bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    written = BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(data), "/etc/passwd"
            archive.addfile(entry, BytesIO(data))
    return written.getvalue()


def test_a_packed_chart_is_found_and_unpacked(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "fleet"
    row = ROWS["releases of helmfile"]
    release = "releases: [{name: web, chart: vendor/web-1.2.3.tgz}]"
    helmfile = {"at": "helmfile.yaml", "object": f"repositories: []\n{release}"}
    files = repository(folder, {**row, **helmfile})
    path = folder / "vendor/web-1.2.3.tgz"
    path.parent.mkdir()
    path.write_bytes(packed({"web/Chart.yaml": "name: web", "web/templates/a.yaml": "kind: Pod"}))
    (found,) = find_deliveries(files, [], SourceFiles(), lambda _: str(folder), []).releases
    assert (found.folder, found.own_files, found.at) == (
        str(path),
        frozenset(),
        str(folder / "helmfile.yaml"),
    )
    target = tmp_path / "unpacked"
    unpack(path.read_bytes(), "web.tgz", target, CopyBudget(), network=False)
    assert (target / "templates/a.yaml").read_text() == "kind: Pod"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed({"web/../../out": "x"}), "is not a path below one folder"),
        (packed({"/web/out": "x"}), "is not a path below one folder"),
        (packed({"web/..\\..\\out": "x"}), "is not a path below one folder"),
        (packed({"out": "x"}), "is not a path below one folder"),
        (packed({"web/link": ""}, tarfile.SYMTYPE), "is not a regular file"),
        (b"no archive", "cannot be unpacked"),
        (gzip.compress(bytes(101_000_000), 1), "is too large"),
    ],
    ids=["above", "absolute", "above on Windows", "no folder", "link", "no archive", "bomb"],
)
def test_what_a_packed_chart_may_not_hold(data: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(NotRendered, match=said):
        unpack(data, "web.tgz", tmp_path / "unpacked", CopyBudget(), network=False)
    assert not (tmp_path / "unpacked").exists()


def test_packed_charts_are_nested_five_deep_at_most(tmp_path: Path) -> None:
    data = packed({"web/Chart.yaml": "name: web"})
    for _ in range(4):
        data = packed({"web/charts/web.tgz": data})
    unpack(data, "web.tgz", tmp_path / "five", CopyBudget(), network=False)
    assert (tmp_path / "five/charts/web.tgz").is_file()
    data = packed({"web/charts/web.tgz": data})
    with pytest.raises(NotRendered, match="packed charts are nested 6 deep"):
        unpack(data, "web.tgz", tmp_path / "six", CopyBudget(), network=False)
