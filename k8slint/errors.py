"""Errors that the caller can fix."""

from collections.abc import Iterable


class UsageError(Exception):
    """The call or its configuration is wrong; each message says what to do."""

    @property
    def messages(self) -> tuple[str, ...]:
        """One for each mistake."""
        return tuple(map(str, self.args))

    def __str__(self) -> str:
        return "\n".join(self.messages)


class EndedBySignal(SystemExit):
    """A signal ends the run: no mistake of the code that runs just then, such as a rule."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the known words nearest to an unknown one as the end of a message, or nothing."""
    import difflib

    by_lower_case = {part.lower(): part for part in known}
    close = difflib.get_close_matches(word.lower(), by_lower_case, n=3)
    near = [by_lower_case[part] for part in close]
    return f"; did you mean {' or '.join(near)}?" if near else ""
