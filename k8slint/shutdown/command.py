"""What a container runs, once the wrappers around it are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from k8slint.kubernetes.mounts import MountedFile, interpreter_of, mounted_at
from k8slint.kubernetes.workload import Container
from k8slint.manifest.operations import Set
from k8slint.manifest.values import Value
from k8slint.records import NamedTuple
from k8slint.shutdown.shell_call import read_shell_call
from k8slint.shutdown.words import SHELLS
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME, Role, unwrap
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.config import ImageConfig
    from k8slint.images.fact import Fact
    from k8slint.shutdown.shell.ending import Ending

_PYTHON = r"(?:python|pypy)[\d.]*"
_PYTHON_WITH_VALUE = frozenset({"-W", "-X"})
_MAX_WRAPPERS = 20
_NAMED = {"ash": "BusyBox", "bash": "bash", "dash": "dash"}


class CommandWord(NamedTuple):
    """A word of a command and the list item it stands in."""

    text: str
    value: Value


class ContainerScript(NamedTuple):
    """A script given to a shell with `-c`, or one in a `file` that a ConfigMap mounts.

    `value` is the script, or what names its file. `commands` are the names of all simple commands
    in it, also of those that only may run. `gets_signal`: process 1 is a shell, not a program that
    passes signals on to one or keeps them. `ends_in_loop`: the shell never turns into the last
    command, as there is none.
    """

    shell: str
    text: str
    value: Value
    ending: Ending | None
    commands: frozenset[str]
    gets_signal: bool
    ends_in_loop: bool = False
    file: MountedFile | None = None
    is_busybox: bool = False

    @property
    def known_shell(self) -> str:
        """Which shell it is by its own name or path; empty where the image decides."""
        return "BusyBox" if self.is_busybox else _NAMED.get(self.shell, "")

    @property
    def call(self) -> str:
        """How the shell is called, in words."""
        return f"{self.shell} (for {self.file.label})" if self.file else f"{self.shell} -c"


class ContainerCommand(NamedTuple):
    """The program a container ends up running, and how it gets there.

    `words` begin with the program; they are empty where a script hides it. `wrappers` are the
    words in front of it. `is_process_one`: the kubelet's stop signal goes straight to the program.
    `shell_stays`: a shell stays as its parent. `entry_is_known` is False where only `args` are
    written, so that the image decides what they are given to, which is not known for certain.
    `fact` is there where words are the image's own, and says how that is known.
    """

    words: tuple[CommandWord, ...]
    wrappers: tuple[str, ...] = ()
    script: ContainerScript | None = None
    is_process_one: bool = True
    shell_stays: bool = False
    entry_is_known: bool = True
    fact: Fact | None = None

    @property
    def entry_is_written(self) -> bool:
        """Whether the manifest itself says which program is started."""
        return self.entry_is_known and self.fact is None

    @property
    def program(self) -> str:
        return program_name(self.words[0].text) if self.words else ""

    @property
    def arguments(self) -> tuple[CommandWord, ...]:
        return self.words[1:]

    @property
    def is_plain(self) -> bool:
        """Whether the program's own arguments are list items: no script holds them."""
        return bool(self.words) and self.script is None


def command_of(container: Container) -> ContainerCommand | None:
    """What a container runs; None where it is left to the image, empty where it is hidden."""
    return command_in_image(container, None)


def command_in_image(container: Container, image: ImageConfig | None) -> ContainerCommand | None:
    """What a container runs where its image says what the manifest leaves out.

    The words of the image stand where `image` does, so nothing there can be set. As in
    `command_of`, the entry is not known where it is the image's, unless its config says it.
    """
    own = words_of(container.value.get("command"))
    arguments = words_of(container.value.get("args"))
    if own is None or arguments is None:
        return ContainerCommand(())
    if own or image is None or image.entrypoint is None:
        words = (*own, *arguments)
        return _unwrap(container, words, entry_is_known=bool(own)) if words else None
    place = container.value.get("image")
    arguments = arguments or _words_at(place, image.cmd or ())
    if image.wraps is None:
        words = (*_words_at(place, image.entrypoint), *arguments)
    elif image.wraps and arguments and arguments[0].text.startswith("-"):
        words = (CommandWord(image.wraps, place), *arguments)
    else:
        words = arguments
    if not words:
        return None
    # Few images are known, or looked for.
    from k8slint.images.fact import Strength

    is_by_image = words[0].value is place
    is_known = not is_by_image or image.fact.strength <= Strength.IMAGE
    fact = image.fact if is_by_image else None
    return _unwrap(container, words, entry_is_known=is_known)._replace(fact=fact)


def is_of_image(place: Value, container: Container) -> bool:
    """Whether a place stands for what is in the image: nothing can be set there."""
    return place.pointer == container.value.get("image").pointer


def _words_at(place: Value, texts: Iterable[str]) -> tuple[CommandWord, ...]:
    return tuple(CommandWord(text, place) for text in texts)


def words_of(items: Value) -> tuple[CommandWord, ...] | None:
    """A list of strings; empty where it is not written, None where something else is."""
    if items.node is None:
        return ()
    words: list[CommandWord] = []
    for item in items.items():
        if item.is_unknown or not isinstance(item.scalar, str):
            return None
        words.append(CommandWord(item.script or "", item))
    return tuple(words) if words or not items.is_written else None


def is_on_one_line(value: Value) -> bool:
    """Whether a value can be written anew without losing the way it is laid out."""
    start, end = value.span
    return "\n" not in value.document.source.text[start:end].rstrip()


def program_name(text: str) -> str:
    return text.rpartition("/")[2]


def with_argument(container: Container, argument: str) -> Set | None:
    """Append an argument to what a container runs; None if that is not a list of one-line texts.

    It goes where the arguments are: to `args`, else to `command`.
    """
    for name in ("args", "command"):
        items = container.value.get(name)
        if not items.is_written:
            continue
        words = words_of(items)
        if not words or not all(is_on_one_line(word.value) for word in words):
            return None
        return Set(items.pointer, [*(word.text for word in words), argument])
    return None


def _unwrap(
    container: Container, words: tuple[CommandWord, ...], *, entry_is_known: bool
) -> ContainerCommand:
    wrappers: list[str] = []
    script: ContainerScript | None = None
    replaces, shell_stays = True, False
    for _ in range(_MAX_WRAPPERS):
        if not words:
            break
        words = _with_interpreter(container, words)
        name = program_name(words[0].text)
        if name in SHELLS:
            found = _read_script(container, name, words, gets_signal=replaces)
            if found is None:
                break
            script, given = found
            if "busybox" in (*words[0].text.split("/")[:-1], *map(program_name, wrappers[-1:])):
                script = script._replace(is_busybox=True)
            wrappers.append(name)
            ending = script.ending
            shell_stays = shell_stays or ending is None or not ending.takes_over
            words = tuple(_words_left(script, given))
            continue
        rest = _without_wrapper(name, words)
        if rest is None:
            break
        replaces = replaces and (
            name not in WRAPPERS_BY_NAME or WRAPPERS_BY_NAME[name].role is Role.BECOMES
        )
        taken = words[1 : len(words) - len(rest)]
        wrappers += [name, *(word.text for word in taken)]
        words = rest
    is_process_one = replaces and not shell_stays
    return ContainerCommand(
        words, tuple(wrappers), script, is_process_one, shell_stays, entry_is_known
    )


def _with_interpreter(
    container: Container, words: tuple[CommandWord, ...]
) -> tuple[CommandWord, ...]:
    """Put the shell in front of a mounted script that its first line says to run it."""
    file = _mounted(container, words[0])
    if file is None or file.text is None or not file.is_executable:
        return words
    program, *options = interpreter_of(file.text) or ("",)
    if program_name(program) == "env" and options:
        program, *options = options[0].removeprefix("-S").split() or ("",)
    if program_name(program) not in SHELLS:
        return words
    return (*(CommandWord(one, words[0].value) for one in (program, *options)), *words)


def _mounted(container: Container, word: CommandWord) -> MountedFile | None:
    """What a ConfigMap puts under a path."""
    return mounted_at(container, word.text) if "/" in word.text else None


def _words_left(script: ContainerScript, given: Sequence[CommandWord]) -> Iterator[CommandWord]:
    """What a script ends with, with the words that its file is `given` for `$@`."""
    for text in script.ending.words if script.ending else ():
        if text == "$@" and script.file:
            yield from given
        else:
            yield CommandWord(text, script.value)


def _without_wrapper(name: str, words: tuple[CommandWord, ...]) -> tuple[CommandWord, ...] | None:
    """What a wrapper runs; None for any other program."""
    if wrapper := WRAPPERS_BY_NAME.get(name):
        wrapped = unwrap(wrapper, [word.text for word in words[1:]])
        return words[1 + wrapped.start :] if wrapped else None
    if re.fullmatch(_PYTHON, name):
        return _module(words)
    return None


def _module(words: tuple[CommandWord, ...]) -> tuple[CommandWord, ...] | None:
    """`python -m gunicorn app` runs gunicorn, `python /usr/bin/gunicorn app` too."""
    rest = words[1:]
    while rest and rest[0].text.startswith("-"):
        if rest[0].text == "-m":
            return rest[1:]
        if rest[0].text == "-c":
            return None
        rest = rest[2 if rest[0].text in _PYTHON_WITH_VALUE else 1 :]
    return rest if rest and not rest[0].text.endswith(".py") else None


def _read_script(
    container: Container, name: str, words: tuple[CommandWord, ...], *, gets_signal: bool
) -> tuple[ContainerScript, Sequence[CommandWord]] | None:
    """The script of `sh -c`, or of a mounted file, and the words after it."""
    call = read_shell_call([word.text for word in words[1:]])
    if call is None or 1 + call.start >= len(words):
        return None
    word = words[1 + call.start]
    file = None if call.has_script else _mounted(container, word)
    text = word.text if call.has_script else file and file.text
    if text is None:
        return None
    # Few containers start with a script, and its grammar takes long to load.
    from k8slint.shutdown.shell.ending import read_script

    read = read_script(text)
    script = ContainerScript(
        name, text, word.value, read.ending, read.commands, gets_signal, read.ends_in_loop, file
    )
    return script, words[2 + call.start :]


def flag_values(words: Sequence[CommandWord], flag: str) -> Iterator[CommandWord]:
    """The values of `--flag=N` and `--flag N`, in order; the last one counts."""
    following = None
    prefix = f"{flag}="
    for word in words:
        if following:
            yield word
            following = None
        elif word.text == flag:
            following = word
        elif word.text.startswith(prefix):
            yield CommandWord(word.text[len(prefix) :], word.value)
    if following:
        yield CommandWord("", following.value)
