"""What hooks run, read the way it is evidently meant."""

from __future__ import annotations

from k8slint.kubernetes.fields import Spelling, Whole, strings, whole
from k8slint.lazy import cached_property
from k8slint.manifest.scalars import as_int64, is_placeholder
from k8slint.manifest.values import Value, is_placeholder_node
from k8slint.type_names import Literal, TypeAlias

Event: TypeAlias = Literal["preStop", "postStart"]

HOOKS: tuple[Event, ...] = ("preStop", "postStart")
HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")


class Handler:
    """What a hook runs.

    It is read the way it is evidently meant, in shapes the API server refuses too (`sleep: 5`,
    `command: "sleep 5"`), as a number in quotes is.
    """

    def __init__(self, value: Value) -> None:
        self.value = value

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The handlers that are set; a null one is absent, the usual switch in patches."""
        return tuple(name for name in HANDLERS if is_set(self.value.get(name)))

    @cached_property
    def handlers(self) -> tuple[str, ...]:
        """The handlers that are meant; what a template or a placeholder stands for may be any."""
        if self.value.is_unknown or is_left_open(self.value):
            return ("exec",)
        if not self.written and is_set(self.value.get("command")):
            return ("exec",)
        if not self.written and is_set(self.value.get("seconds")):
            return ("sleep",)
        return ("sleep",) if self._sleeps_in_exec else self.written

    @property
    def is_well_formed(self) -> bool:
        """Whether the API server reads what is meant."""
        if self.handlers == ("exec",):
            return strings(self.value.at("exec", "command")) is not None
        return self.handlers == self.written and (self.has_sleep or "sleep" not in self.handlers)

    @cached_property
    def sleep(self) -> Whole:
        """Seconds of the native sleep; `sleep: {}` counts as 0."""
        sleep = self.value.at("exec", "sleep") if self._sleeps_in_exec else self.value.get("sleep")
        if not sleep.is_written:
            return whole(self.value.get("seconds"))
        if as_int64(sleep.scalar) is not None:
            return whole(sleep)
        seconds = whole(sleep.get("seconds"))
        if seconds.spelling is Spelling.ABSENT and sleep.is_mapping:
            return Whole(seconds.value, 0, Spelling.PLAIN)
        return seconds

    @property
    def has_sleep(self) -> bool:
        return self.value.get("sleep").is_mapping

    @property
    def place(self) -> Value:
        """The part that says how long the hook takes, as far as it is written."""
        if "sleep" in self.handlers:
            seconds = self.sleep.value
            return seconds if seconds.is_written else self.value.get("sleep")
        return self._command if self._command.is_written else self.value

    @cached_property
    def command(self) -> tuple[str, ...] | None:
        """The argument vector of an exec hook; None where it is not fully written."""
        text = self._command.scalar
        if isinstance(text, str) and not is_placeholder(text):
            return "/bin/sh", "-c", text
        return _texts(self._command)

    @property
    def arguments(self) -> tuple[Value, ...]:
        """The arguments as they are written: a script may stand alone."""
        return tuple(self._command.items()) or (self._command,)

    @cached_property
    def _command(self) -> Value:
        action = self.value.get("exec")
        if not self.written:
            return self.value.get("command")
        return action if strings(action) is not None else action.get("command")

    @property
    def _sleeps_in_exec(self) -> bool:
        action = self.value.get("exec")
        is_alone = self.written == ("exec",) and not action.get("command").is_written
        return is_alone and action.get("sleep").is_written


def _texts(value: Value) -> tuple[str, ...] | None:
    """A list of scalars as text, also what the API server refuses; None where there is none."""
    words = [item.script if item.is_written else "" for item in value.items()]
    return (
        tuple(word for word in words if word is not None) if words and None not in words else None
    )


def is_left_open(value: Value) -> bool:
    """Whether a placeholder stands for all of a mapping."""
    node = value.node
    return node is not None and (is_placeholder_node(node) or is_placeholder(value.text or ""))


def is_set(value: Value) -> bool:
    """Whether a value is written, and not only may be by an action of a template."""
    return value.is_written and not value.is_unknown
