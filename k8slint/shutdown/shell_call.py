"""How a shell is called: with which options, and where its script is."""

from collections.abc import Sequence

from k8slint.records import NamedTuple


class ShellCall(NamedTuple):
    """A shell's words taken apart: options that are set or unset, and where they end.

    The word at `start` is the script where it `has_script`, else a file that holds one.
    """

    options: tuple[tuple[str, bool], ...]
    has_script: bool
    start: int


_WITH_SCRIPT = ShellCall((), has_script=True, start=1)
_LONG_OPTIONS = {"errexit": "e", "nounset": "u", "pipefail": "pipefail"}


def read_shell_call(words: Sequence[str | None]) -> ShellCall | None:
    """Take the words after a shell's name apart; None where an unknown one may be an option.

    Sources: bash(1), dash(1), busybox shell/ash.c (read on 2026-11-29).
    """
    if words[:1] == ["-c"] and words[1:2] and (words[1] or " ")[0] not in "-+":
        return _WITH_SCRIPT
    options: list[tuple[str, bool]] = []
    has_script = False
    at = 0
    while at < len(words):
        word = words[at]
        if word is None:
            return None
        if word in ("--", "-"):
            at += 1
            break
        if len(word) < 2 or word[0] not in "-+":
            break
        at += 1
        if word.startswith("--"):
            continue
        for letter in word[1:]:
            has_script = has_script or letter == "c"
            if letter in "oO" and at < len(words):
                options.append((_LONG_OPTIONS.get(words[at] or "", ""), word[0] == "-"))
                at += 1
            else:
                options.append((letter, word[0] == "-"))
    return ShellCall(tuple(options), has_script, at)
