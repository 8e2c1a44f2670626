r"""The manual pages and the completion scripts, made of the declared options.

`make docs` writes them to `packaging/`, and the wheel puts them where `man` and shells look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import EnumMeta
from inspect import getdoc
from pathlib import Path

from typer import completion

from k8slint import __version__
from k8slint.cli.commands import COMMANDS, load_command
from k8slint.cli.options import CommandGroup, Option, Subcommand
from k8slint.cli.words import DeclaredField, _field
from tests.places import ROOT

PACKAGING = ROOT / "packaging"
SUMMARY = "lint and fix how Kubernetes pods shut down"
# File names that shells look for, by the shell.
SCRIPTS = {"bash": "k8slint.bash", "zsh": "_k8slint", "fish": "k8slint.fish"}

STATUS = {
    "0": "Nothing is left at or above --fail-on.",
    "1": "Something is left, or would be changed with --diff.",
    "2": "The job could not be done: a mistake in the call or in a configuration, a file that "
    "cannot be read or written, or a bug.",
}
ENVIRONMENT = {
    "NO_COLOR": "Not empty: no colour where --color says nothing else.",
    "FORCE_COLOR": "Not empty: colour, also where output is not a terminal.",
    "COLUMNS": "The width of the terminal.",
}
FILES = {
    ".k8slint.yaml": "The configuration of a folder and those below it; also [tool.k8slint] in "
    "pyproject.toml.",
    ".k8slint-baseline.json": "Accepted findings, written by check --write-baseline.",
}


def manual() -> dict[Path, str]:
    """All pages, by the file of each."""
    made = {PACKAGING / "man" / "k8slint.1": _overview()}
    for name in COMMANDS:
        made[PACKAGING / "man" / f"k8slint-{name}.1"] = _page(name)
    return made


def completions() -> dict[Path, str]:
    """The script of each shell: it asks the program, so it stays true whatever the version."""
    made = {}
    for shell, name in SCRIPTS.items():
        text = completion.get_completion_script(  # type: ignore[attr-defined]
            prog_name="k8slint", complete_var="_K8SLINT_COMPLETE", shell=shell
        )
        if shell == "zsh":
            text = _autoloaded(text)
        made[PACKAGING / "completions" / name] = f"{text.strip()}\n"
    return made


def _autoloaded(script: str) -> str:
    """A script as the body of a function that zsh loads when it is first asked to complete.

    Typer's only tells zsh what to call the next time.
    """
    last = "compdef _k8slint_completion k8slint"
    assert script.count(last) == 1
    either = (
        f'if [ "$funcstack[1]" = _k8slint ]; then\n  _k8slint_completion "$@"\nelse\n  {last}\nfi'
    )
    return script.replace(last, either)


def _overview() -> str:
    commands = [(f"k8slint-{name}(1)", _summary(load_command(name))) for name in COMMANDS]
    return _document(
        "k8slint",
        SUMMARY,
        [
            _section("Synopsis", [r"\fBk8slint\fR \fICOMMAND\fR ..."]),
            _section(
                "Description",
                [
                    _text(
                        "k8slint reads Kubernetes manifests and works out what the kubelet will"
                        " do when it stops each pod. It reports what goes wrong, with the"
                        " arithmetic, and repairs manifests in place."
                    )
                ],
            ),
            _section("Commands", [_item(_bold(name), text) for name, text in commands]),
            _closing(),
        ],
    )


def _page(name: str) -> str:
    command = load_command(name)
    body = []
    if isinstance(command, CommandGroup):
        for one, about in command.commands.items():
            body += _about(f"{name} {one}", about, level="SS")
        synopsis = [_synopsis(f"{name} {one}", about) for one, about in command.commands.items()]
    else:
        body = _about(name, command, level="SH")
        synopsis = [_synopsis(name, command)]
    return _document(
        f"k8slint-{name}",
        _after_dash(_summary(command)),
        [_section("Synopsis", ["\n.br\n".join(synopsis)]), *body, _closing()],
    )


def _about(name: str, command: Subcommand, level: str) -> list[str]:
    """What a command does, with its options by group, and examples."""
    parts = []
    if level == "SS":
        parts.append(f".SH {_text(name.upper())}\n{_text(_summary(command))}")
    fields = {one: _field(about) for one, about in command.options.__annotations__.items()}
    defaults = vars(command.options)["_field_defaults"]
    for title, names in _groups(command, fields).items():
        items = [_option(one, fields[one], defaults[one]) for one in names]
        head = f".SS {_text(title)}" if level == "SS" else f".SH {_text(title.upper())}"
        parts.append("\n".join((head, *items)))
    if command.examples:
        lines = "\n.br\n".join(rf"\fB{_text(example)}\fR" for example in command.examples)
        head = ".SS Examples" if level == "SS" else ".SH EXAMPLES"
        parts.append(f"{head}\n{lines}")
    return parts


def _groups(command: Subcommand, fields: Mapping[str, DeclaredField]) -> dict[str, Iterable[str]]:
    placed = {name for names in command.groups.values() for name in names}
    arguments = [n for n, one in fields.items() if not isinstance(one.declared, Option)]
    rest = [n for n in fields if n not in placed and n not in arguments]
    groups = {"Arguments": arguments, **command.groups}
    groups["Other options" if command.groups else "Options"] = rest
    return {title: names for title, names in groups.items() if names}


def _option(name: str, field: DeclaredField, default: object) -> str:
    declared = field.declared
    if not isinstance(declared, Option):
        return _item(_italic(declared.metavar or name.upper()), declared.help)
    value = _value(field)
    flags = ", ".join(_bold(flag) for flag in declared.flags_for(name))
    text = declared.help
    if isinstance(declared.show_default, str):
        text += f" [default: {declared.show_default}]"
    elif declared.show_default and not isinstance(default, bool) and default:
        text += f" [default: {default}]"
    if declared.envvar:
        text += f" [env: {declared.envvar}]"
    return _item(f"{flags}{value}", text)


def _value(field: DeclaredField) -> str:
    """What comes behind a flag."""
    assert isinstance(field.declared, Option)
    if field.type is bool:
        return ""
    if field.declared.bare:
        return _italic(field.declared.metavar or "")
    choices = "|".join(field.type) if isinstance(field.type, EnumMeta) else ""
    return f" {_italic(field.declared.metavar or choices or _NAMES.get(field.type, 'TEXT'))}"


_NAMES = {int: "NUMBER", float: "NUMBER", Path: "PATH"}


def _synopsis(name: str, command: Subcommand) -> str:
    words = [_bold(f"k8slint {name}"), f"[{_italic('OPTION')} ...]"]
    for field, about in command.options.__annotations__.items():
        declared = _field(about).declared
        if not isinstance(declared, Option):
            words.append(_italic(declared.metavar or field.upper()))
    return " ".join(words)


def _summary(command: Subcommand | CommandGroup) -> str:
    if isinstance(command, CommandGroup):
        return command.help
    return (getdoc(command.run) or "").partition("\n")[0]


def _after_dash(summary: str) -> str:
    return f"{summary[:1].lower()}{summary[1:].rstrip('.')}"


def _closing() -> str:
    given = dict(_in_environment()) | ENVIRONMENT
    return "\n".join(
        (
            _section("Exit status", [_item(_bold(code), text) for code, text in STATUS.items()]),
            _section("Environment", [_item(_bold(name), text) for name, text in given.items()]),
            _section("Files", [_item(_italic(name), text) for name, text in FILES.items()]),
            _section("See also", [f"{_bold('k8slint')}(1), https://k8slint.github.io/k8slint/"]),
        )
    )


def _in_environment() -> Iterator[tuple[str, str]]:
    """The variables that give options."""
    for about in load_command("check").options.__annotations__.values():  # type: ignore[union-attr]
        declared = _field(about).declared
        if isinstance(declared, Option) and declared.envvar:
            yield declared.envvar, declared.help


def _document(name: str, summary: str, parts: Iterable[str]) -> str:
    head = (
        rf".\" Generated by `make docs`. Do not edit."
        f'\n.TH {name.upper()} 1 "" "k8slint {__version__}" "User Commands"\n.ad l'
        f"\n.SH NAME\n{_text(name)} \\- {_text(summary)}"
    )
    return "\n".join((head, *parts)) + "\n"


def _section(title: str, parts: Iterable[str]) -> str:
    return "\n".join((f".SH {title.upper()}", *parts))


def _item(head: str, text: str) -> str:
    return f".TP\n{head}\n{_text(text)}"


def _bold(text: str) -> str:
    return rf"\fB{_text(text)}\fR"


def _italic(text: str) -> str:
    return rf"\fI{_text(text)}\fR"


def _text(text: str) -> str:
    """Text as roff reads it: no escape, no request at the start, hyphens that can be copied."""
    plain = text.replace("\\", r"\(rs").replace("-", r"\-").replace("'", r"\(aq")
    return plain.replace("`", r"\(ga")
