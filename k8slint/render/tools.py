"""Call the tools that render, confined to just that."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from k8slint.coverage import Reason
from k8slint.errors import UsageError
from k8slint.outside import programs

# Nobody listens here, so that what the tools would fetch over HTTP fails at once.
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# The way to a network, and whom to trust there; in upper or lower case.
_NETWORK = frozenset(
    {
        *(name.upper() for name in _PROXIES),
        *("NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    }
)
# Seconds for all renderings of a run, unless the call says so.
MOST_RENDERING = 600
# Bytes of one rendering; its trees take forty times as much.
_MOST_PRINTED = 32_000_000
# Characters of a tool's error message.
_MOST_SAID = 4_000


class NotRendered(Exception):
    """Rendering failed; the text says why and what to do, and `reason` of which kind that is."""

    def __init__(self, text: str, reason: Reason = Reason.FAILED) -> None:
        super().__init__(text)
        self.reason = reason


class Failed(NotRendered):
    """A tool failed; the text is its error message."""


class Workshop:
    """A temporary folder to render in, and what the tools may do.

    `timeout` is in seconds and per rendering, `limit` for all of them. Tools are not looked up in
    the folders of `roots`, which are linted.
    """

    def __init__(
        self,
        folder: Path,
        timeout: int,
        limit: int,
        *,
        network: bool,
        roots: Sequence[str],
        jobs: int,
        crew: programs.Crew | None = None,
    ) -> None:
        self.folder = folder
        self.network = network
        self.roots = roots
        self.crew = crew or programs.Crew()
        self.pool = ThreadPoolExecutor(max(1, jobs))
        self._timeout = timeout
        self._limit = limit
        self._deadline = monotonic() + limit
        self._numbers = count(1)
        self._lock = Lock()
        self._made: dict[str, Future[Path]] = {}

    @property
    def seconds(self) -> float:
        """Return the seconds that the next rendering may take. Raises NotRendered."""
        if self.crew.is_over:
            raise _ended()
        left = self._deadline - monotonic()
        if left <= 0:
            raise self.late()
        return min(self._timeout, left)

    def late(self) -> NotRendered:
        """Return why a tool was ended, or not started."""
        if self._deadline <= monotonic():
            said = f"the {self._limit} s of this run are over (--render-limit)"
        else:
            said = f"it took more than {self._timeout} s (render-timeout in the configuration)"
        return NotRendered(said, Reason.OUT_OF_TIME)

    @contextmanager
    def room(self) -> Iterator[Path]:
        """Provide a new folder in the workshop, removed afterwards.

        Raises NotRendered if no time is left: copies would be made for nothing.
        """
        _ = self.seconds
        folder = self._new()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def once(self, key: str, make: Callable[[Path], None]) -> Path:
        """Return a folder that is made once for all callers. Raises what making it raises."""
        with self._lock:
            is_first = key not in self._made
            made = self._made.setdefault(key, Future())
        if is_first:
            try:
                folder = self._new()
                make(folder)
                made.set_result(folder)
            except BaseException as error:
                made.set_exception(error)
                raise
        return made.result()

    def close(self) -> None:
        """End all running tools, and remove the folder."""
        self.crew.end()
        self.pool.shutdown(cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _new(self) -> Path:
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder


@contextmanager
def workshop(
    timeout: int,
    limit: int,
    *,
    network: bool,
    roots: Sequence[str] = (),
    jobs: int = 1,
    crew: programs.Crew | None = None,
) -> Iterator[Workshop]:
    """Provide a workshop, removed afterwards with everything written in it.

    Its tools run in a crew that somebody else may end, too.

    Raises UsageError if nothing can be written.
    """
    try:  # Kustomize compares real paths.
        folder = Path(tempfile.mkdtemp(prefix="k8slint-")).resolve()
    except OSError as error:
        raise UsageError(f"--render: {error.strerror or error}") from None
    place = Workshop(folder, timeout, limit, network=network, roots=roots, jobs=jobs, crew=crew)
    try:
        yield place
    finally:
        # In a thread, which signals do not interrupt.
        closing = Thread(target=place.close)
        closing.start()
        closing.join()


def kustomize(roots: Sequence[str]) -> tuple[str, ...]:
    """Return the command that builds a kustomization; empty if there is none outside `roots`."""
    if found := programs.find_program("kustomize", roots):
        return found, "build"
    found = programs.find_program("kubectl", roots)
    return (found, "kustomize") if found else ()


def helm(roots: Sequence[str]) -> tuple[str, ...]:
    """Return the command that renders a chart; empty if there is none outside `roots`."""
    found = programs.find_program("helm", roots)
    return (found, "template") if found else ()


def run_tool(command: Sequence[str], place: Workshop) -> str:
    """Run a tool and return what it prints.

    It reads no cluster credentials, keeps its caches in the workshop, and unless allowed reaches
    no network through git, or through HTTP to another machine. Raises NotRendered.
    """
    tool = Path(command[0]).stem
    try:
        done = programs.run_program(
            command,
            place.folder,
            _environment(place),
            place.seconds,
            most=_MOST_PRINTED,
            memory=programs.MOST_MEMORY,
            crew=place.crew,
        )
    except programs.TimedOut:
        raise place.late() from None
    except programs.Ended:
        raise _ended() from None
    except programs.TooMuch:
        most = _MOST_PRINTED // 1_000_000
        raise NotRendered(f"{tool} printed more than {most} MB", Reason.TOO_LARGE) from None
    except OSError as error:
        raise NotRendered(f"{tool} cannot be run: {error.strerror or error}") from None
    if done.returncode:
        raise Failed(f"{tool} failed: {_reason(done.stderr) or f'exit {done.returncode}'}")
    try:
        return done.stdout.decode()
    except UnicodeDecodeError:
        raise NotRendered(f"{tool} printed text that is not UTF-8") from None


def _ended() -> NotRendered:
    return NotRendered("the run was ended before", Reason.OUT_OF_TIME)


def _environment(place: Workshop) -> Mapping[str, str]:
    """Return a tool's variables: of the caller's, only where programs are and the language.

    A chart may print all of them, so credentials are missing with `--allow-network`, too.
    """
    homes = {name: str(place.folder / "home") for name in _HOMES}
    ours = {
        **programs.environment(place.folder, place.roots),
        **homes,
        "KUBECONFIG": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    if place.network:
        leads = {name: text for name, text in os.environ.items() if name.upper() in _NETWORK}
        return {**ours, **leads, "GIT_ALLOW_PROTOCOL": "http:https"}
    nowhere = {name.upper(): _NOWHERE for name in _PROXIES}
    return {**ours, **nowhere, "NO_PROXY": "", "GIT_ALLOW_PROTOCOL": "none"}


_HOMES = (
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
    *("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"),
)


def _reason(printed: bytes) -> str:
    """Return a tool's error message on one line."""
    lines = (line.strip() for line in printed.decode("utf-8", "replace").splitlines())
    said = " ".join(line for line in lines if line and not line.startswith(_WARNINGS))
    if wrapped := _LOGGED.match(said):
        said = (wrapped[1] or "").strip() or _ESCAPED.sub(r"\1", wrapped[2] or "")
    said = said.removeprefix("Error: ").removeprefix("error: ")
    said = said.removesuffix(" Use --debug flag to render out invalid YAML")
    if len(said) <= _MOST_SAID:
        return said
    return f"{said[:_MOST_SAID].rpartition(' ')[0]} ..."  # Half of a word may be half of a secret.


_WARNINGS = ("WARNING", "# Warning", "level=WARN")
# How kubectl wraps kustomize's messages: those of one line are quoted as in Go.
_LOGGED = re.compile(r'E\d{4} .*?"command failed" err=(?:<(.*)>|"(.*)")$', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
