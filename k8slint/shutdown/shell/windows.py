"""Commands of Windows containers that wait: `Start-Sleep`, `timeout /t`, `ping -n`.

Their scripts are not shell: only those that are nothing but waits are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8slint.shutdown.seconds import Seconds, between, exactly, unknown
from k8slint.shutdown.shell.shells import Argument

_POWERSHELLS = frozenset({"powershell", "pwsh"})
_PROGRAMS = _POWERSHELLS | {"cmd", "ping", "timeout"}
# Compiled where they are asked for: few hooks are for Windows.
_START_SLEEP = (
    r"(?ai)(?:start-sleep|sleep)\s+(?:(?P<unit>-s(?:econds)?|-m(?:illiseconds)?|-ms)\s+)?"
    r"(?P<count>\d{1,9}(?:\.\d{1,9})?)"
)
_PING = r"(?ai)ping(?:\.exe)?\b.*?\s[-/]n\s+(\d{1,9})\b"
_TIMEOUT = r"(?ai)timeout(?:\.exe)?\s+(?:/t\s+)?(\d{1,9})\b"
_REDIRECTION = r"(?i)\s?\d?>\s*(?:&\d|nul)\s*"


def is_windows(name: str, arguments: Sequence[Argument]) -> bool:
    """Whether it is one of the programs that are read here."""
    lower = name.lower()
    if lower not in _PROGRAMS:
        return False
    if lower in _POWERSHELLS or lower == "cmd":
        return True
    if lower == "timeout":
        # It waits, as the other one limits what follows.
        return any(isinstance(a.field, str) and a.field.lower() == "/t" for a in arguments)
    return any(a.field in {"-n", "/n"} for a in arguments) and not any(
        a.field == "-c" for a in arguments
    )


def effect(name: str, arguments: Sequence[Argument]) -> Seconds:
    """How long it takes."""
    words = [a.field if isinstance(a.field, str) else "?" for a in arguments]
    text = " ".join(words[1:])
    lower = name.lower()
    if lower in _POWERSHELLS:
        return _powershell(text)
    if lower == "cmd":
        return _cmd(re.sub(r"^(?:/\w(?::\w+)?\s+)*", "", text, flags=re.IGNORECASE))
    return _cmd(f"{lower} {text}")


def _powershell(text: str) -> Seconds:
    script = re.sub(
        r"^(?:-(?!c)\w+\s+(?:bypass\s+|unrestricted\s+)?)*", "", text, flags=re.IGNORECASE
    )
    script = re.sub(r"^-c(?:ommand)?\s+", "", script, flags=re.IGNORECASE).strip().strip("\"'&{} ")
    total = exactly(0)
    for statement in script.split(";"):
        if not statement.strip():
            continue
        found = re.fullmatch(_START_SLEEP, statement.strip())
        if not found:
            return unknown(f"what `{statement.strip()[:60]}` takes is not known", total.low)
        is_millis = (found["unit"] or "-s").lower().startswith("-m")
        total += exactly(
            float(found["count"]) / (1000 if is_millis else 1), f"`{statement.strip()}`"
        )
    return total


def _cmd(text: str) -> Seconds:
    total = exactly(0)
    for statement in re.split(r"&&|&", re.sub(_REDIRECTION, " ", text).strip('" ')):
        command = statement.strip()
        if found := re.match(_PING, command):
            # One a second; the last is not waited for when it is answered.
            count = int(found[1])
            total += between(max(0, count - 1), count * 5, f"`{command}`")
        elif found := re.match(_TIMEOUT, command):
            # "Input redirection is not supported": without a console it ends at once.
            total += between(0, int(found[1]), f"`{command}` ends at once without a console")
        elif command:
            return unknown(f"what `{command[:60]}` takes is not known", total.low)
    return total
