"""Which version of a cluster the files of a repository say, and that nothing else says one."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8slint.adopt.versions import choose_version, find_versions
from tests.command import make

# Files, and the place and version that are chosen; None for none.
CASES: dict[str, tuple[dict[str, str], str | None]] = {
    "a kind node": (
        {"kind.yaml": "kind: Cluster\nnodes:\n- image: kindest/node:v1.31.2@sha256:0\n"},
        "kind.yaml:3 1.31 kindest/node image",
    ),
    "a k3s image": ({"ci.yml": "image: rancher/k3s:v1.30.4-k3s1\n"}, "ci.yml:1 1.30 rancher/k3s"),
    "a script": (
        {"hack/up.sh": '#!/bin/sh\n# kindest/node:v1.29.0\nNODE="kindest/node:v1.34.1"\n'},
        "hack/up.sh:3 1.34 kindest/node image",
    ),
    "Talos": (
        {"talos/c.yaml.j2": "image: ghcr.io/siderolabs/kubelet:v1.35.0\n"},
        "talos/c.yaml.j2:1",
    ),
    "eksctl": (
        {
            "eks.yaml": "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n"
            '  name: x\n  version: "1.32"\n'
        },
        "eks.yaml:5 1.32 eksctl cluster",
    ),
    "Terraform": (
        {"infra/prod/eks.tf": 'module "eks" {\n  cluster_version = "1.33"\n}\n'},
        "infra/prod/eks.tf:2 1.33 cluster_version",
    ),
    "Terraform with a patch release": (
        {"main.tf": 'kubernetes_version   = "1.31.7"\n'},
        "main.tf:1 1.31 kubernetes_version",
    ),
    "not by a variable of Terraform": ({"a.tf": "cluster_version = var.version\n"}, None),
    "not in a comment of Terraform": ({"a.tf": '# cluster_version = "1.31"\n'}, None),
    "not in a hidden folder": ({".terraform/a.tf": 'cluster_version = "1.31"\n'}, None),
    "a chart": (
        {"c/Chart.yaml": 'name: c\nkubeVersion: ">=1.29.0-0 <1.36.0-0"\n'},
        "c/Chart.yaml:2 1.29 kubeVersion",
    ),
    "the lowest of alternatives": (
        {"c/Chart.yaml": "kubeVersion: ^1.31 || ~1.30.2\n"},
        "c/Chart.yaml:1 1.30 kubeVersion",
    ),
    **{
        f"a chart with the bound {bound or 'of a version alone'}": (
            {"Chart.yaml": f'kubeVersion: "{bound}1.31.2"\n'},
            "Chart.yaml:1 1.31 kubeVersion",
        )
        for bound in ("", "=", ">", ">=", "^", "~", "~ v")
    },
    **{
        f"not in {folder}": ({f"{folder}/x/a.tf": 'cluster_version = "1.31"\n'}, None)
        for folder in ("vendor", "node_modules")
    },
    "six folders deep": (
        {"1/2/3/4/5/6/a.tf": 'cluster_version = "1.31"\n'},
        "1/2/3/4/5/6/a.tf:1 1.31 cluster_version",
    ),
    "not any deeper": ({"1/2/3/4/5/6/7/a.tf": 'cluster_version = "1.31"\n'}, None),
    "not an upper bound": ({"c/Chart.yaml": "kubeVersion: <1.31\n"}, None),
    "not what another key of a chart says": ({"c/Chart.yaml": "version: 1.31.0\n"}, None),
    "a cluster before a chart": (
        {"Chart.yaml": "kubeVersion: '>=1.25'\n", "k.yaml": "image: kindest/node:v1.33.1\n"},
        "k.yaml:1 1.33 kindest/node",
    ),
    "the oldest of several clusters": (
        {"a.yaml": "- kindest/node:v1.33.1\n- kindest/node:v1.31.0\n- kindest/node:v1.32.0\n"},
        "a.yaml:2 1.31 kindest/node",
    ),
    "not one that is not known yet": ({"a.yaml": "image: kindest/node:v1.99.0\n"}, None),
    "not a tag that is no version": ({"a.yaml": "image: kindest/node:latest\n"}, None),
    "nothing": ({"a.yaml": "kind: Pod\n"}, None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_version_that_is_chosen(name: str, tmp_path: Path) -> None:
    files, said = CASES[name]
    make(tmp_path, files)
    manifests = [tmp_path / file for file in files if file.endswith((".yaml", ".yml"))]
    found = choose_version(find_versions(tmp_path, manifests))
    if found is None or said is None:
        assert (found, said) == (None, None)
        return
    text = f"{found.path}:{found.line} {'.'.join(map(str, found.minor))} {found.said}"
    assert text.startswith(said)


def test_no_link_is_followed_out(tmp_path: Path) -> None:
    make(tmp_path, {"out/a.tf": 'cluster_version = "1.31"\n', "in/b.yaml": ""})
    (tmp_path / "in/infra").symlink_to(tmp_path / "out")
    (tmp_path / "in/c.tf").symlink_to(tmp_path / "out/a.tf")
    (tmp_path / "in/d.yaml").symlink_to(tmp_path / "out/a.tf")
    assert find_versions(tmp_path / "in", [tmp_path / "in/d.yaml"]) == []
