"""Run the program of a drill in a container, by docker or podman."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from k8slint.outside.app import AppProcess
from k8slint.outside.programs import find_program

RUNTIMES = ("docker", "podman")
_PATIENCE = 20


class AppContainer(AppProcess):
    """A container of an image, which is removed in the end.

    On Linux it has the network of this machine, so that connections are refused exactly when the
    program refuses them; elsewhere its ports are published, and a proxy accepts all connections.
    Raises OSError.
    """

    def __init__(
        self,
        image: str,
        command: Sequence[str],
        variables: Mapping[str, str],
        ports: Iterable[int],
        *,
        has_init: bool,
    ) -> None:
        found = next(filter(None, map(find_program, RUNTIMES)), None)
        if found is None:
            raise FileNotFoundError(f"{' and '.join(RUNTIMES)} are not installed")
        self.runtime = found
        self.name = f"k8slint-drill-{os.getpid()}"
        network = (
            ["--network", "host"]
            if sys.platform == "linux"
            else [word for port in ports for word in ("-p", f"127.0.0.1:{port}:{port}")]
        )
        given = [word for one in variables.items() for word in ("--env", "=".join(one))]
        init = ["--init"] if has_init else []
        words = [found, "run", "--rm", "--name", self.name, *network, *init, *given, image]
        super().__init__([*words, *command], os.environ)

    @property
    def ending_command(self) -> Sequence[str]:
        return (self.runtime, "rm", "--force", self.name)

    def send(self, number: int) -> None:
        self._tell("kill", "--signal", str(number), self.name)

    def hears(self, number: int) -> bool:
        return True  # It is process 1, so what it does not hear is not delivered.

    def beside_command(self, command: Sequence[str]) -> Sequence[str]:
        return (self.runtime, "exec", self.name, *command)

    def left(self) -> list[str]:
        return []  # The kernel has ended them with process 1.

    def end(self) -> None:
        self.process.kill()  # The client would start what it still pulls.
        self._tell("rm", "--force", self.name)
        super().end()

    def _tell(self, *words: str) -> None:
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - our own words
                (self.runtime, *words), capture_output=True, check=False, timeout=_PATIENCE
            )
