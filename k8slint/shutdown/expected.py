"""What a container is expected to do when it stops, by all that is known of its image too.

A documented fact counts here. Warnings and errors stand on stronger ones (ground rule 13), so this
feeds timelines, `facts` and GS103 only.
"""

from __future__ import annotations

from k8slint.images.config import ImageConfig
from k8slint.images.fact import Fact, Strength
from k8slint.images.public import find
from k8slint.images.shells import KnownShell, find_shell
from k8slint.kubernetes.workload import Container
from k8slint.lazy import cached_property
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.shutdown.command import ContainerCommand, command_in_image
from k8slint.shutdown.deaf import PID_1, why_deaf
from k8slint.shutdown.declared import drain_as_stated
from k8slint.shutdown.drain import Drain, StatedDrain
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.seconds import Kind, Seconds, between, unbounded, unknown


class StopSignal(NamedTuple):
    """The signal that stops a container; without a fact the image decides, which is unknown."""

    name: str
    fact: Fact | None = None


class Expected:
    """One container with what its image adds to the manifest.

    `sets_signal`: whether the cluster honours `lifecycle.stopSignal`.
    """

    def __init__(self, container: Container, programs: Programs, *, sets_signal: bool) -> None:
        self.container = container
        self.programs = programs
        self.sets_signal = sets_signal

    @cached_property
    def _given(self) -> ImageConfig | None:
        return self.programs.config_of(self.container.image, is_documented=True)

    @cached_property
    def image(self) -> ImageConfig | None:
        """What is known of its image: its config, else what is documented of a public one."""
        given = self._given
        found = find(self.container.image or "")
        if given is None:
            return found.config if found else None
        # The table also knows what the script that is the entry point runs.
        is_same = found and found.entrypoint == given.entrypoint
        return given._replace(wraps=found.wraps) if found and is_same else given

    @cached_property
    def shell(self) -> KnownShell | None:
        """What `sh` is in its image."""
        # A word in the name of a public image may say another one than its row.
        if self._given and self._given.shell:
            return KnownShell(self._given.shell, self._given.fact)
        return find_shell(self.container.image or "")

    @cached_property
    def command(self) -> ContainerCommand | None:
        """What it runs; None where that is unknown, empty where it is hidden."""
        return command_in_image(self.container, self.image)

    @cached_property
    def signal(self) -> StopSignal:
        own = self.container.lifecycle.get("stopSignal").text
        if own and self.sets_signal:
            return StopSignal(
                clipped(own, LONGEST_NAME), Fact(Strength.WRITTEN, "lifecycle.stopSignal")
            )
        if self.image and self.image.stop_signal:
            return StopSignal(f"SIG{self.image.stop_signal}", self.image.fact)
        return StopSignal("SIGTERM")

    @cached_property
    def drain(self) -> Drain | None:
        """What its program does after the stop signal; None where nothing is known of it."""
        signal = self.signal.name.removeprefix("SIG") if self.signal.fact else ""
        return drain_as_stated(self.container, self.command, self.programs, signal)

    @property
    def drains(self) -> Seconds:
        """A time-out is the longest a drain can take; an idle program is done at once."""
        if self._why_deaf:
            return unbounded(self._why_deaf)
        if self._shell_stays:
            return unknown("a shell is PID 1 and may not forward the stop signal")
        if self.drain is None:
            return unknown("the app's drain time is unknown")
        span = self.drain.span
        label = span.why if self.drain.stated else self.drain.label
        if span.is_known:
            return between(0, span.high, label)
        return span.because(f"{label}: {span.why}") if span.kind is Kind.UNBOUNDED else span

    @property
    def drain_fact(self) -> Fact | None:
        """Where the length of the drain is from; None where that is unknown."""
        drain = self.drain
        if self._why_deaf:
            return PID_1
        if drain is None or self._shell_stays:
            return None
        program = drain.program
        if drain.stated:
            return drain.stated.fact
        if drain.is_explicit:
            in_image = self.container.value.get("image").pointer
            are_written = any(one.value.pointer != in_image for one in drain.settings)
            if are_written or self.image is None:
                return Fact(Strength.WRITTEN, drain.label)
            return self.image.fact
        strength = Strength.DECLARED if program in self.programs.extra else Strength.DOCUMENTED
        return Fact(strength, program.source or "the configuration", program.date)

    @cached_property
    def _why_deaf(self) -> str:
        # What was killed whenever it was measured may well hear nothing.
        is_told = self._stated is not None and self._stated.span.is_known
        shell = self.shell.name if self.shell else None
        return "" if is_told else why_deaf(self.container, self.command, shell)

    @property
    def _stated(self) -> StatedDrain | None:
        return self.drain.stated if self.drain else None

    @property
    def _shell_stays(self) -> bool:
        """Whether a shell may keep the stop signal from its program, as far as was measured."""
        stated = self._stated
        if stated and stated.fact.strength is Strength.MEASURED and stated.span.is_known:
            return False
        return self.command is not None and self.command.shell_stays
