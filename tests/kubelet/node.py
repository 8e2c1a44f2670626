"""A node of its own: containerd and a standalone kubelet, in one folder, started and removed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.kubelet.images import write_image
from tests.kubelet.pods import IMAGE, PAUSE, SIGNALS
from tests.oracle.build import go

NEEDS = (
    "Linux, root, Go 1.26 with access to a module proxy, and (on Debian)"
    " apt-get install containerd runc busybox-static"
)
NODE = "node"
CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "{folder}/run"
[grpc]
  address = "{folder}/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""


class Node(NamedTuple):
    """Where a running node reads manifests and writes what happens."""

    folder: Path

    @property
    def manifests(self) -> Path:
        return self.folder / "manifests"

    @property
    def witnesses(self) -> Path:
        return self.folder / "witnesses"

    @property
    def log(self) -> Path:
        return self.folder / "kubelet.log"

    def ctr(self, *arguments: str) -> str:
        command = ["ctr", "-a", str(self.folder / "c.sock"), "-n", "k8s.io", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def tasks(self) -> list[str]:
        return self.ctr("tasks", "list", "-q").split()


def find_busybox() -> Path | str:
    """Return a BusyBox that needs no libraries, or in words why there is none."""
    if sys.platform != "linux":
        return "pods run on Linux only"
    if os.geteuid() != 0:
        return "a kubelet needs root"
    for program in ("containerd", "ctr", "runc", "go"):
        if not shutil.which(program):
            return f"no program `{program}`"
    busybox = os.environ.get("BUSYBOX") or shutil.which("busybox")
    if not busybox:
        return "no program `busybox`"
    if b"ld-linux" in Path(busybox).read_bytes()[:4096]:
        return f"{busybox} needs libraries that the pods do not have: install busybox-static"
    return Path(busybox)


@contextmanager
def running_node(
    folder: Path, kubelet: Path, busybox: Path, programs: Mapping[str, Path], *options: str
) -> Iterator[Node]:
    """Start a node whose images hold some more programs; end its pods and itself in any case.

    `options` are more of the kubelet's, such as the way to an API server.
    """
    node = Node(folder)
    for path in (node.manifests, node.witnesses):
        path.mkdir(parents=True)
    (folder / "containerd.toml").write_text(CONTAINERD.format(folder=folder, pause=PAUSE))
    (folder / "kubelet.json").write_text(json.dumps(kubelet_configuration(node)))
    started = [start(folder, "containerd", "containerd", "-c", str(folder / "containerd.toml"))]
    try:
        wait(20, "containerd", (folder / "c.sock").exists)
        import_images(node, {"busybox": busybox, **programs})
        started.append(
            start(
                *(folder, "kubelet", str(kubelet), "--config", str(folder / "kubelet.json")),
                *("--root-dir", str(folder / "root"), "--cert-dir", str(folder / "pki")),
                *("--hostname-override", NODE, "-v=4", *options),
            )
        )
        wait(60, "the kubelet", lambda: "Starting kubelet main sync loop" in node.log.read_text())
        yield node
    finally:
        stop(node, started)


def kubelet_configuration(node: Node) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "staticPodPath": str(node.manifests),
        "fileCheckFrequency": "1s",
        "containerRuntimeEndpoint": f"unix://{node.folder}/c.sock",
        "podLogsDir": str(node.folder / "logs"),
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "evictionHard": {"memory.available": "1Mi"},
        "enableControllerAttachDetach": False,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "address": "127.0.0.1",
        "port": 21_250,
        "readOnlyPort": 0,
        "healthzPort": 0,
        "resolvConf": "",
        "maxPods": 200,
    }


def start(folder: Path, name: str, *command: str) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)


def wait(seconds: float, what: str, is_done: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} is not ready after {seconds:g} s")
        time.sleep(0.2)


def build_witness(folder: Path) -> Path:
    witness = folder / "witness"
    go("build", "-o", str(witness), ".", cwd=Path(__file__).with_name("witness"))
    return witness


def import_images(node: Node, programs: Mapping[str, Path]) -> None:
    names: dict[str, str | None] = {PAUSE: None, IMAGE: None, **SIGNALS}
    for name, signal in names.items():
        archive = node.folder / "image.tar"
        write_image(archive, name, programs, signal)
        node.ctr("images", "import", str(archive))


def stop(node: Node, started: list[subprocess.Popen[bytes]]) -> None:
    for manifest in node.manifests.iterdir():
        manifest.unlink()
    for process in started[1:]:
        end(process)
    if started[0].poll() is None and (node.folder / "c.sock").exists():
        for task in node.tasks():
            node.ctr("tasks", "kill", "-s", "SIGKILL", task)
        time.sleep(2)
    end(started[0])
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for path in sorted(mounted, reverse=True):
        if path.startswith(f"{node.folder}/"):
            subprocess.run(["umount", "-l", path], check=False)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
