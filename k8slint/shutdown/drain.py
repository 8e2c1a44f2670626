"""How long a container's program drains, as far as the manifest says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from k8slint.kubernetes.workload import Container
from k8slint.manifest.source import Location
from k8slint.manifest.values import Value
from k8slint.records import NamedTuple
from k8slint.shutdown.command import CommandWord, ContainerCommand, flag_values, is_of_image
from k8slint.shutdown.durations import parse_duration
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.programs.program import NO_TIME, Knob, KnownProgram
from k8slint.shutdown.seconds import Seconds, exactly, unknown
from k8slint.shutdown.variables import EnvValue, variables
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.config import ImageConfig
    from k8slint.images.fact import Fact


class Setting(NamedTuple):
    """A knob as it is written: under which name, where, and what it comes to.

    `seconds` is None where a template, a reference or a spelling hides it. One with a `place`
    stands in a file that `value` mounts.
    """

    name: str
    value: Value
    seconds: float | None
    entry_point: str = ""
    place: Location | None = None


class Stage(NamedTuple):
    """One part of a drain, with its place where it is written: the next one follows it."""

    label: str
    span: Seconds
    value: Value | None = None


class StatedDrain(NamedTuple):
    """How long a container drains by what is said of it: declared by its team, or measured.

    `label` is what the number is called in a sum, `value` the place in the manifest, and the
    reason of `span` what a picture calls it.
    """

    label: str
    span: Seconds
    value: Value
    fact: Fact


class Drain(NamedTuple):
    """What a program takes from the stop signal to its end.

    `is_explicit` tells a written, declared or measured number from a default of the program.
    `settings` are what was written for the program, also where it cannot be read. `stated` is
    there where it counts, and `own` is then what the program takes without it.
    """

    program: KnownProgram
    span: Seconds
    stages: tuple[Stage, ...]
    settings: tuple[Setting, ...] = ()
    is_explicit: bool = False
    stated: StatedDrain | None = None
    own: Seconds | None = None

    @property
    def by_itself(self) -> Seconds:
        """What its settings or its default come to, whatever is stated besides."""
        return self.span if self.own is None else self.own

    def renamed(self, old: str, new: str) -> Drain:
        """The same with another name for a setting."""
        name, wanted = self.program.name, f"{self.program.name} {old}"
        settings = [one._replace(name=new) if one.name == old else one for one in self.settings]
        relabelled = [one._replace(label=f"{name} {new}") for one in self.stages]
        pairs = zip(self.stages, relabelled, strict=True)
        stages = tuple(after if one.label == wanted else one for one, after in pairs)
        return self._replace(settings=tuple(settings), stages=stages)

    @property
    def label(self) -> str:
        """What the number is called in a sum: `gunicorn --graceful-timeout`."""
        if self.stated:
            return self.stated.label
        names = [setting.name for setting in self.settings if setting.seconds is not None]
        return f"{self.program.name} {' and '.join(names) or 'default'}"

    @property
    def value(self) -> Value | None:
        if self.stated:
            return self.stated.value
        return self.settings[0].value if self.settings else None


def drain_of(
    container: Container, command: ContainerCommand | None, programs: Programs, signal: str = ""
) -> Drain | None:
    """The drain of a container's program; None for a program that is not known.

    `signal` is the stop signal without `SIG`, empty where that is unknown.
    """
    image = programs.config_of(container.image)
    found = _of_program(container, command, programs, signal, image)
    found = found or _told_by_variables(container, command, programs, image)
    return _with_origin(found, container, command, image) if found else None


def _of_program(
    container: Container,
    command: ContainerCommand | None,
    programs: Programs,
    signal: str,
    image: ImageConfig | None,
) -> Drain | None:
    for program in programs.run_by(command, container.image):
        if program.only_if and not _has_variable(container, program.only_if, image):
            continue
        drain = measured(program, container, command, signal, image)
        if drain.settings or not program.needs_setting:
            return drain
    return None


def _with_origin(
    drain: Drain, container: Container, command: ContainerCommand | None, image: ImageConfig | None
) -> Drain:
    """Name the config of the image, or the mounted script, where it is what sets a number."""
    script = command.script if command else None
    for one in drain.settings:
        if image and is_of_image(one.value, container):
            drain = drain.renamed(one.name, f"{one.name} ({image.fact.source})")
        elif script and script.file and script.value.pointer == one.value.pointer:
            drain = drain.renamed(one.name, f"{one.name} ({script.file.label})")
    return drain


def measured(
    program: KnownProgram,
    container: Container,
    command: ContainerCommand | None,
    signal: str = "",
    image: ImageConfig | None = None,
) -> Drain:
    """A program's drain by its settings, else by its default under a stop signal."""
    words = command.words if command else ()
    env = variables(container, image) if any(map(_reads_variables, program.knobs)) else {}
    found = [settings_of(knob, words, env) for knob in program.knobs]
    if not any(found):
        usual = _default(program, container, words, signal)
        return Drain(program, usual, (Stage(f"{program.name} default", usual),))
    return max(
        (_with(program, chosen) for chosen in _by_entry_point(found)),
        key=lambda drain: drain.span.low,
    )


def _by_entry_point(found: Sequence[Sequence[Setting]]) -> Iterator[list[Setting | None]]:
    """The setting of each knob that counts, once for each entry point that has any."""
    by_point = [{setting.entry_point: setting for setting in settings} for settings in found]
    for point in sorted({point for settings in by_point for point in settings}):
        yield [settings.get(point) for settings in by_point]


def _with(program: KnownProgram, chosen: Sequence[Setting | None]) -> Drain:
    pairs = [*zip(program.knobs, chosen, strict=True)]
    stages = [_stage(program, knob, setting) for knob, setting in pairs]
    total = program.besides
    for stage in stages:
        total += stage.span
    if not program.besides.is_exact:
        stages[-1] = stages[-1]._replace(span=stages[-1].span + program.besides)
    elif program.besides != NO_TIME:
        stages.append(Stage(f"{program.name} after that", program.besides))
    settings = tuple(setting for setting in chosen if setting)
    explicit = any(setting.seconds is not None for setting in settings)
    shown = tuple(stage for stage in stages if stage.value or stage.span != NO_TIME)
    return Drain(program, total, shown, settings, explicit)


def _stage(program: KnownProgram, knob: Knob, setting: Setting | None) -> Stage:
    if setting is None:
        return Stage(f"{program.name} default", knob.default)
    label = f"{program.name} {setting.name}"
    if setting.seconds is None:
        return Stage(label, unknown(f"the value of {label} is unknown"), setting.value)
    return Stage(label, exactly(setting.seconds), setting.value)


def task_limit(drain: Drain, command: ContainerCommand | None) -> Drain | None:
    """The limit of one task, which the drain of a worker lasts at worst."""
    for knob in drain.program.task_limits:
        found = settings_of(knob, command.words if command else (), {})
        if found and found[-1].seconds is not None:
            stage = _stage(drain.program, knob, found[-1])
            return Drain(drain.program, stage.span, (stage,), (found[-1],), is_explicit=True)
    return None


def settings_of(
    knob: Knob, words: Sequence[CommandWord], env: Mapping[str, EnvValue]
) -> list[Setting]:
    """A knob as a container sets it, in its strongest spelling; the last one counts."""
    for spelling in (_from_flags, _from_texts, _from_json, _from_variables):
        if found := [*spelling(knob, words, env)]:
            return found
    return []


def _from_flags(
    knob: Knob, words: Sequence[CommandWord], env: Mapping[str, EnvValue]
) -> Iterator[Setting]:
    if knob.any_case:
        words = [CommandWord(_lower_name(word.text), word.value) for word in words]
    for flag in knob.flags:
        spelt = flag.lower() if knob.any_case else flag
        spellings = _spellings(spelt, words)
        values = _values(words, spellings)
        for name, point in spellings.items():
            for word in values[name]:
                if not knob.key:
                    yield Setting(name, word.value, parse_duration(word.text, knob.unit), point)
                elif word.text.startswith(f"{knob.key}="):
                    text = word.text[len(knob.key) + 1 :]
                    yield Setting(knob.key, word.value, parse_duration(text, knob.unit))


def _values(words: Sequence[CommandWord], names: Collection[str]) -> dict[str, list[CommandWord]]:
    """The values of each of some flags."""
    if len(names) == 1:
        return {name: [*flag_values(words, name)] for name in names}
    # As for one, but going through the words once for all of them.
    found: dict[str, list[CommandWord]] = {name: [] for name in names}
    flag = ""
    for word in words:
        name, equals, value = word.text.partition("=")
        if flag:
            found[flag].append(word)
        before, flag = flag, ""
        if name != before and name in found:
            if equals:
                found[name].append(CommandWord(value, word.value))
            else:
                flag = name
    if flag:
        found[flag].append(CommandWord("", words[-1].value))
    return found


def _lower_name(text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{name.lower()}{equals}{value}" if name.startswith("-") else text


def _spellings(flag: str, words: Sequence[CommandWord]) -> dict[str, str]:
    """The names that a flag with a `*` has among the words, each with what stands for the `*`."""
    if "*" not in flag:
        return {flag: ""}
    names = (word.text.partition("=")[0] for word in words)
    return {name: point for name in names if (point := _in_place_of_star(name, flag)) is not None}


def _in_place_of_star(name: str, pattern: str) -> str | None:
    """What a name has where its pattern has a `*`, if any; None for the name of something else."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if name == pattern else None
    inside = name[len(before) : len(name) - len(after)]
    return inside if inside and name == f"{before}{inside}{after}" else None


def _from_texts(
    knob: Knob, words: Sequence[CommandWord], env: Mapping[str, EnvValue]
) -> Iterator[Setting]:
    for variable in knob.texts:
        if (value := env.get(variable)) is None:
            continue
        if value.text is None:
            yield Setting(variable, value.value, None)
            continue
        try:
            import shlex

            inside = [CommandWord(text, value.value) for text in shlex.split(value.text)]
        except ValueError:
            continue
        for setting in _from_flags(knob, inside, env):
            yield Setting(f"{setting.name} in {variable}", value.value, setting.seconds)


def _from_json(
    knob: Knob, words: Sequence[CommandWord], env: Mapping[str, EnvValue]
) -> Iterator[Setting]:
    value = env.get(knob.json) if knob.json else None
    if value is None:
        return
    try:
        import json

        data = json.loads(value.text or "{}")
    except (ValueError, RecursionError):  # the second for thousands of brackets
        yield Setting(knob.json, value.value, None)
        return
    for text in _at_path(data, knob.path):
        seconds = parse_duration(str(text), knob.unit)
        yield Setting(f"{knob.path} in {knob.json}", value.value, seconds)


def _at_path(data: object, path: str) -> Iterator[object]:
    """What JSON holds under a path whose dots may or may not nest."""
    if not path:
        yield data
    elif isinstance(data, dict):
        for key, inner in data.items():
            if path == key or path.startswith(f"{key}."):
                yield from _at_path(inner, path[len(key) + 1 :])


def _from_variables(
    knob: Knob, words: Sequence[CommandWord], env: Mapping[str, EnvValue]
) -> Iterator[Setting]:
    for name, value in env.items():
        spelt = name.upper() if knob.any_case else name
        for variable in knob.env:
            pattern = variable.upper() if knob.any_case else variable
            if (point := _in_place_of_star(spelt, pattern)) is not None:
                seconds = None if value.text is None else parse_duration(value.text, knob.unit)
                yield Setting(name, value.value, seconds, point.lower())
                break


def _default(
    program: KnownProgram, container: Container, words: Sequence[CommandWord], signal: str
) -> Seconds:
    if any(_names_a_file(word.text, program) for word in words):
        return unknown(f"{program.name} reads a configuration file")
    if any(map(_reads_variables, program.knobs)) and container.env_is_open:
        return unknown("envFrom may set its variables")
    return program.default_under(signal)


def _names_a_file(word: str, program: KnownProgram) -> bool:
    name = word.partition("=")[0]
    return any(
        name.endswith(mark) if mark.startswith(".") else name == mark
        for mark in program.configured_by
    )


def _reads_variables(knob: Knob) -> bool:
    return bool(knob.env or knob.texts or knob.json)


def _told_by_variables(
    container: Container,
    command: ContainerCommand | None,
    programs: Programs,
    image: ImageConfig | None,
) -> Drain | None:
    if not image and not _mentions(container.value.document.text, programs.marks):
        return None
    usual: Drain | None = None
    for name, value in variables(container, image).items():
        for wanted, program in programs.told_by(name):
            if wanted not in ("", "*", (value.text or "").lower()):
                continue
            drain = measured(program, container, command, image=image)
            if drain.settings or wanted not in ("", "*"):
                return drain
            if wanted and usual is None:
                usual = drain
    return usual


def _has_variable(container: Container, pair: str, image: ImageConfig | None) -> bool:
    name, _, wanted = pair.partition("=")
    value = variables(container, image).get(name)
    return value is not None and value.text == wanted


@lru_cache(maxsize=1)
def _mentions(text: str, marks: tuple[str, ...]) -> bool:
    """A look at the text, far cheaper than one at every variable of every container."""
    return any(mark in text for mark in marks)
