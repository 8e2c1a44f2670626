"""Whether the stop signal never reaches what runs as PID 1.

The kernel sends PID 1 only signals that it has a handler for, and SIGKILL: pid_namespaces(7).
"""

from __future__ import annotations

from k8slint.images.fact import Fact, Strength
from k8slint.kubernetes.workload import Container
from k8slint.shutdown.command import ContainerCommand, ContainerScript

PID_1 = Fact(
    Strength.DOCUMENTED, "pid_namespaces(7): PID 1 gets signals it has a handler for", "2026-11-29"
)

# They handle no signal, in GNU coreutils and in BusyBox.
_WITHOUT_HANDLERS = frozenset({"cat", "sleep", "tail"})
# In a script they may change what its shell does with a signal, or which process it is.
_MAY_HANDLE = frozenset({"trap", "exec", "eval", "source", "."})
_SHELLS = ("dash", "bash", "BusyBox")


def why_deaf(container: Container, command: ContainerCommand | None, shell: str | None) -> str:
    """Why only SIGKILL ends what runs, in words; empty where that is not certain.

    `shell` is what `sh` is in the image, None where that is unknown.
    """
    pod = container.pod.spec
    if command is None or pod.get("shareProcessNamespace").scalar not in (None, False):
        return ""
    if command.is_process_one and command.program in _WITHOUT_HANDLERS:
        return f"as PID 1 {command.program} ignores the stop signal"
    script = command.script
    if script is None or not script.gets_signal or not script.commands.isdisjoint(_MAY_HANDLE):
        return ""
    if script.ends_in_loop or _stays_for_sure(script, shell, command):
        return f"{script.shell} stays as PID 1 and forwards no signal"
    return ""


def _stays_for_sure(script: ContainerScript, shell: str | None, command: ContainerCommand) -> bool:
    """Whether the shell waits for the last command, or turns into one without handlers."""
    from k8slint.shutdown.shell.ending import waits_for_last

    last = script.ending
    if last is None or last.takes_over or last.in_company:
        return False
    found = script.known_shell or shell
    shells = (found,) if found in _SHELLS else _SHELLS
    # Only what `-c` gives them do shells read to its end before they run it.
    if command.program in _WITHOUT_HANDLERS or script.file:
        return True
    return all(waits_for_last(shell, script.text, last) for shell in shells)
