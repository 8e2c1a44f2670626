"""Laws of repairs, over random overlays that kustomize builds before and after."""

from __future__ import annotations

import copy
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import check, contents, make
from tests.tiers import tries

NAMES = ("web", "api", "api-worker", "worker")
SECONDS = st.sampled_from([5, 10, 20, 30, 45, 60])


class Workload(NamedTuple):
    """A Deployment: the seconds of its hook and of its grace period, where they are written."""

    name: str
    hook: int | None
    grace: int | None
    grace_first: bool
    is_flow: bool

    def __str__(self) -> str:
        grace = f"      terminationGracePeriodSeconds: {self.grace} # seconds\n"
        flow = "        lifecycle: {preStop: {sleep: {seconds: %s}}}\n"
        lines = ("lifecycle:", "  preStop:", "    sleep: # drain", "     seconds: %s")
        block = "".join(f"        {line}\n" for line in lines)
        hook = (flow if self.is_flow else block) % self.hook
        return (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {self.name}}}\n"
            f"spec:\n  selector: {{matchLabels: {{app: {self.name}}}}}\n  template:\n"
            f"    metadata: {{labels: {{app: {self.name}}}}}\n    spec:\n"
            f"{grace if self.grace and self.grace_first else ''}"
            f"      containers:\n      - name: side\n        image: example.com/side:1\n"
            f"      - name: app\n        image: example.com/app:1\n{hook if self.hook else ''}"
            f"{grace if self.grace and not self.grace_first else ''}"
        )


class Patch(NamedTuple):
    """What an overlay changes about a workload, and how that is written."""

    name: str
    grace: int | None
    hook: int | None
    how: str

    def entry(self, number: int) -> tuple[dict[str, Any], dict[str, str]]:
        """The entry of the kustomization, and the files it needs."""
        spec: dict[str, Any] = {"terminationGracePeriodSeconds": self.grace}
        if self.hook:
            hook = {"preStop": {"sleep": {"seconds": self.hook}}}
            spec["containers"] = [{"name": "app", "lifecycle": hook}]
        merged = yaml.safe_dump(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": self.name},
                "spec": {"template": {"spec": spec}},
            }
        )
        path = "/spec/template/spec/terminationGracePeriodSeconds"
        listed = yaml.safe_dump([{"op": "add", "path": path, "value": self.grace or 30}])
        target = {"kind": "Deployment", "name": self.name}
        match self.how:
            case "inline":
                return {"patch": merged}, {}
            case "operations":
                return {"path": f"{number}.yaml", "target": target}, {f"{number}.yaml": listed}
        return {"path": f"{number}.yaml"}, {f"{number}.yaml": merged}


class Overlay(NamedTuple):
    prefix: str
    suffix: str
    patches: list[Patch]


WORKLOADS = st.lists(
    st.builds(
        Workload,
        st.sampled_from(NAMES),
        st.none() | SECONDS,
        st.none() | SECONDS,
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.name,
)
OVERLAYS = st.lists(
    st.builds(
        Overlay,
        st.sampled_from(["", "eu-"]),
        st.sampled_from(["", "-worker"]),
        st.lists(
            st.builds(
                Patch,
                st.sampled_from(NAMES),
                st.none() | SECONDS,
                st.none() | SECONDS,
                st.sampled_from(["file", "inline", "operations"]),
            ),
            max_size=2,
        ),
    ),
    min_size=1,
    max_size=2,
)


def files_of(workloads: list[Workload], overlays: list[Overlay], line_end: str) -> dict[str, str]:
    files = {
        "base/kustomization.yaml": "resources: [all.yaml]\n",
        "base/all.yaml": "---\n".join(map(str, workloads)).replace("\n", line_end),
    }
    known = {one.name for one in workloads}
    for number, overlay in enumerate(overlays):
        entries = []
        for index, patch in enumerate(one for one in overlay.patches if one.name in known):
            entry, more = patch.entry(index)
            entries.append(entry)
            files |= {f"overlays/{number}/{name}": text for name, text in more.items()}
        top = {"resources": ["../../base"], "patches": entries}
        top |= {"namePrefix": overlay.prefix, "nameSuffix": overlay.suffix}
        files[f"overlays/{number}/kustomization.yaml"] = yaml.dump(top, Dumper=Literal)
    return files


class Literal(yaml.SafeDumper):
    """Writes texts of several lines as people do."""


Literal.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def built(kustomize: str, folder: Path) -> list[dict[str, Any]]:
    """All workloads of all overlays, as kustomize makes them."""
    found: list[dict[str, Any]] = []
    for overlay in sorted((folder / "overlays").iterdir()):
        done = subprocess.run([kustomize, "build", overlay], check=True, capture_output=True)
        found += yaml.safe_load_all(done.stdout)
    return found


def spec_of(workload: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def grace_of(workload: dict[str, Any]) -> int:
    grace = spec_of(workload).get("terminationGracePeriodSeconds")
    return 30 if grace is None else int(grace)


def hook_of(workload: dict[str, Any]) -> int:
    hooks = (
        one.get("lifecycle", {}).get("preStop", {}) for one in spec_of(workload)["containers"]
    )
    return max((hook.get("sleep", {}).get("seconds", 0) for hook in hooks), default=0)


def without_grace(workload: dict[str, Any]) -> dict[str, Any]:
    rest = copy.deepcopy(workload)
    spec_of(rest).pop("terminationGracePeriodSeconds", None)
    return rest


@settings(
    max_examples=tries(30),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    workloads=WORKLOADS,
    overlays=OVERLAYS,
    line_end=st.sampled_from(["\n", "\n", "\r\n"]),
)
def test_a_repair_changes_what_needs_it_and_nothing_else(
    need: Callable[[str], str], workloads: list[Workload], overlays: list[Overlay], line_end: str
) -> None:
    kustomize = need("kustomize")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, files_of(workloads, overlays, line_end))
        before = built(kustomize, folder)
        names = contents(folder).keys()
        found = check(folder, "--render", ".", "--select", "GS001,GS101")
        in_need = sum(hook_of(one) >= grace_of(one) for one in before if hook_of(one))
        told = (line.rpartition(" (")[2] for line in found.text.splitlines())
        assert sum(end.count("overlays/") for end in told) == in_need
        check(folder, "--render", "--fix", "--unsafe-fixes", ".")
        assert contents(folder).keys() == names
        after = built(kustomize, folder)
        for old, new in zip(before, after, strict=True):
            assert without_grace(old) == without_grace(new)
            hook, was, now = hook_of(old), grace_of(old), grace_of(new)
            assert now == was or (hook >= was and now == hook + 10)
        assert check(folder, "--render", "--diff", "--unsafe-fixes", ".").text == ""
