"""What a Dockerfile says about the containers that are made from its image.

It is split into instructions by a port of BuildKit's parser; what they do is that of
`dispatchCmd` and `dispatchEntrypoint` in `frontend/dockerfile/dockerfile2llb/convert.go`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from e2b_dockerfile_utils import DockerfileInstruction, ShellLex, parse_dockerfile_ast

from k8slint.images.config import ImageConfig
from k8slint.images.fact import Fact, Strength
from k8slint.images.name import is_plain, tag
from k8slint.images.printed import declared_signal
from k8slint.images.public import find
from k8slint.images.shells import shell_of
from k8slint.outside.files import DOCKERFILE_LIMIT
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple

# The parser takes quadratic time for a directive.
_LONGEST_LINE = 10_000
# Each variable may double the one before it.
_LONGEST_VALUE = 1_000
# What one file may cost, in characters of values and copies of variables.
_BUDGET = 2_000_000
_TRIGGER_COST = 2_000
_DIRECTIVE = r"#[ \t]*(\w{1,20})[ \t]*=[ \t]*(\S{1,500})"
_FRONTEND = r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?"
# A pattern with several `*` takes the library's regular expressions forever.
_BY_PATTERN = r"\$\{[^}]{0,100}[#%/]"
_SHELL = ("/bin/sh", "-c")
_WINDOWS = ("windows", "nanoserver", "servercore")


class BuiltImage(NamedTuple):
    """What the image of a Dockerfile declares.

    `line` is that of the instruction that says what runs, and `written` its text; 0 where none of
    this file does. `why` says what leaves unknown what runs; there is no `config` where the file
    cannot be read.
    """

    config: ImageConfig | None
    line: int = 0
    why: str = ""
    written: str = ""


class _Unreadable(Exception):
    """The text is not a Dockerfile, or one that only another program understands."""


class _Said(NamedTuple):
    """The words of an instruction and its line; without a line they are those of the base."""

    words: tuple[str, ...] | None = None
    line: int = 0


class _Stage:
    """A stage up to some instruction."""

    def __init__(self, image: str, base: ImageConfig | None, sh: str | None) -> None:
        self.image = image
        self.base = base
        self.sh = sh
        self.entrypoint = _Said(base.entrypoint if base else None)
        self.cmd = _Said(base.cmd if base else None)
        self.signal = base.stop_signal if base else None
        self.env: dict[str, str] = {}
        # Of ARG and ENV, the latter of which `fixed` names; those of unknown value are left out.
        self.variables: dict[str, str] = {}
        self.fixed: set[str] = set()
        self.shell: tuple[str, ...] = _SHELL
        self.has_cmd = False
        self.triggers: list[tuple[str, int]] = []

    def child(self) -> _Stage:
        """A stage that begins with what this one ends with."""
        other = _Stage(self.image, self.base, self.sh)
        other.entrypoint, other.cmd, other.signal = self.entrypoint, self.cmd, self.signal
        other.env, other.variables = {**self.env}, {**self.variables}
        other.fixed, other.shell = {*self.fixed}, self.shell
        return other


def read_dockerfile(
    text: str, path: str, target: str = "", arguments: Mapping[str, str] | None = None
) -> BuiltImage:
    """Return what a Dockerfile says; `target` is a stage, the last one if empty.

    `arguments` are those of the build. Nothing is run, and no file is opened.
    """
    try:
        instructions, escape = _instructions_of(text)
        build = _Build(escape, arguments or {})
        for instruction in instructions:
            build.do(instruction)
        built = _image_of(build.stage_of(target), path)
    except _Unreadable as error:
        return BuiltImage(None, why=clipped(str(error)))
    return built._replace(written=_line(text, built.line))


class _Build:
    """A build up to some instruction; methods raise _Unreadable."""

    def __init__(self, escape: str, arguments: Mapping[str, str]) -> None:
        self._escape = escape
        self._arguments = arguments
        # The variables of FROM.
        self._before: dict[str, str] = {}
        self._stage: _Stage | None = None
        self._named: dict[str, _Stage] = {}
        self._numbered: list[_Stage] = []
        self._left = _BUDGET

    def stage_of(self, target: str) -> _Stage:
        if self._stage is None:
            raise _Unreadable("it has no FROM")
        if not target:
            return self._stage
        if stage := self._named.get(target.lower()):
            return stage
        if re.fullmatch("[0-9]{1,5}", target) and int(target) < len(self._numbered):
            return self._numbered[int(target)]
        raise _Unreadable(f"it has no stage `{clipped(target, LONGEST_NAME)}`")

    def do(self, one: DockerfileInstruction) -> None:
        if one.name == "FROM":
            self._begin(one)
        elif self._stage:
            self._apply(self._stage, one)
        elif one.name == "ARG":
            self._declare(one.args, self._before, frozenset())
        else:
            raise _Unreadable(f"line {one.start_line}: {one.name} before the first FROM")

    def _begin(self, one: DockerfileInstruction) -> None:
        words = one.args
        if len(words) not in (1, 3) or (len(words) == 3 and words[1].lower() != "as"):
            raise _Unreadable(f"line {one.start_line}: FROM takes an image, or `image AS name`")
        image = self._expand(words[0], self._before)
        parent = self._named.get(image.lower()) if image else None
        if parent:
            self._spend(len(parent.env) + len(parent.variables))
            self._stage = parent.child()
            for text, line in parent.triggers:
                self._spend(_TRIGGER_COST)
                for instruction in _parse(text)[0]:
                    instruction.start_line = line
                    self._apply(self._stage, instruction)
        else:
            self._stage = _first_stage(words[0], image, one.flags)
        self._numbered.append(self._stage)
        if len(words) == 3:
            self._named[words[2].lower()] = self._stage

    def _apply(self, stage: _Stage, one: DockerfileInstruction) -> None:
        match one.name:
            case "CMD":
                stage.cmd = _said(stage, one)
                stage.has_cmd = True
            case "ENTRYPOINT":
                stage.entrypoint = _said(stage, one)
                if not stage.has_cmd:
                    stage.cmd = _Said(())
            case "SHELL" if one.json and one.args:
                stage.shell = tuple(one.args)
            case "STOPSIGNAL":
                value = self._expand(" ".join(one.args), stage.variables)
                stage.signal = declared_signal(value) if value else None
            case "ARG":
                self._declare(one.args, stage.variables, stage.fixed)
            case "ENV":
                self._set(stage, one.args)
            case "ONBUILD":
                text = one.original.strip()[len(one.name) :].strip()
                stage.triggers.append((text, one.start_line))

    def _declare(
        self, words: Iterable[str], variables: dict[str, str], fixed: Container[str]
    ) -> None:
        """Do what ARG does: one of the build comes before a default, and ENV before both."""
        for word in words:
            name, equals, default = word.partition("=")
            value = self._arguments.get(name)
            if value is None:
                value = self._expand(default, variables) if equals else self._before.get(name)
            if name not in fixed:
                _assign(variables, name, value)

    def _set(self, stage: _Stage, words: Sequence[str]) -> None:
        """Do what ENV does: its values see the variables before it."""
        values = [self._expand(value, stage.variables) for value in words[1::3]]
        for name, value in zip(words[::3], values, strict=True):
            stage.fixed.add(name)
            _assign(stage.variables, name, value)
            _assign(stage.env, name, value)

    def _expand(self, text: str, variables: Mapping[str, str]) -> str | None:
        """Return a word without quotes, its variables replaced; None where one is unknown."""
        self._spend(len(text) + _LONGEST_VALUE * text.count("$"))
        if re.search(_BY_PATTERN, text):
            return None
        try:
            value = ShellLex(self._escape, env=variables).process_word(text)
        except ValueError:
            return None
        return None if "$" in value or len(value) > _LONGEST_VALUE else value

    def _spend(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise _Unreadable("it takes too long to read")


def _image_of(stage: _Stage, path: str) -> BuiltImage:
    entrypoint, cmd = stage.entrypoint, stage.cmd
    wraps = stage.base.wraps if stage.base and not entrypoint.line else None
    is_known = entrypoint.words is not None and (cmd.words is not None or bool(entrypoint.line))
    decides = entrypoint if entrypoint.line and entrypoint.words else cmd
    why = "" if is_known else f"the base image `{clipped(stage.image, LONGEST_NAME)}` is unknown"
    fact = Fact(Strength.IMAGE, f"{path}:{decides.line}" if decides.line else path)
    if not decides.line and stage.base:
        fact = stage.base.fact
    config = ImageConfig(
        entrypoint.words if is_known else None,
        cmd.words if is_known else None,
        tuple(stage.env.items()),
        stage.signal,
        stage.sh,
        fact,
        wraps,
    )
    return BuiltImage(config, decides.line, why)


def _instructions_of(text: str) -> tuple[list[DockerfileInstruction], str]:
    """Return the instructions and the escape character; raises _Unreadable."""
    if len(text) > DOCKERFILE_LIMIT:
        raise _Unreadable(f"it has more than {DOCKERFILE_LIMIT:,} characters")
    lines = text.split("\n")
    if any(len(line) > _LONGEST_LINE for line in lines):
        raise _Unreadable(f"a line has more than {_LONGEST_LINE:,} characters")
    for name, value in _directives(lines):
        if name == "syntax" and not re.fullmatch(_FRONTEND, value):
            raise _Unreadable(f"it is written for `{clipped(value, LONGEST_NAME)}`")
    return _parse(text)


def _parse(text: str) -> tuple[list[DockerfileInstruction], str]:
    try:
        ast = parse_dockerfile_ast(text)
    except (ValueError, RecursionError) as error:
        raise _Unreadable(str(error)) from None
    return ast.instructions, ast.escape_token


def _line(text: str, number: int) -> str:
    return text.split("\n")[number - 1].rstrip("\r").lstrip("\ufeff") if number else ""


def _directives(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = re.match(_DIRECTIVE, line.removeprefix("\ufeff"))
        if not found:
            return
        yield found[1].lower(), found[2]


def _first_stage(written: str, image: str | None, flags: Iterable[str]) -> _Stage:
    """Return a stage on a base image, as it is written and with its variables replaced."""
    is_windows = any(word in " ".join((written, *flags)).lower() for word in _WINDOWS)
    if image == "scratch":
        fact = Fact(Strength.IMAGE, "FROM scratch")
        return _Stage(image, ImageConfig((), (), (), "TERM", "none", fact), "none")
    if image is None or is_windows or not is_plain(image):
        return _Stage(written, None, None)
    found = None if "onbuild" in tag(image) else find(image)
    return _Stage(image, found.config if found else None, shell_of(image))


def _said(stage: _Stage, one: DockerfileInstruction) -> _Said:
    words = tuple(one.args) if one.json else (*stage.shell, " ".join(one.args))
    return _Said(words, one.start_line)


def _assign(variables: dict[str, str], name: str, value: str | None) -> None:
    if value is None:
        variables.pop(name, None)
    else:
        variables[name] = value
