"""What several tests ask for, and a spoken account of what was left out."""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.places import ROOT

# Not packaged by Debian in a current version or under its own name, so skipped even where programs
# are required. `make tools` builds kustomize and helm.
OPTIONAL = {
    *("kubectl", "kustomize", "helm", "chpst", "docker-init", "setuidgid", "su-exec"),
    *("bundle", "pipenv", "poetry", "ddtrace-run", "newrelic-admin", "opentelemetry-instrument"),
}

# Time passes while other programs have the processor, which is not a fault of the code.
settings.register_profile("k8slint", deadline=None)
# `make test` tries this many examples of 100 (`--hypothesis-profile=quick`).
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("k8slint")

# What a test may ask for, and how it is marked then.
MARKED = (
    *(("need", "programs"), ("corpus", "corpus"), ("corpus", "long")),
    ("built_site", "long"),
)
LEFT_OUT = {
    "programs": "need other programs: make test-all",
    "long": "take long for what they add: make test-all",
}
# Where Linux keeps files in memory: a new one costs the system much less than on a disk.
MEMORY = Path("/dev/shm")
NUMBERS = count()
DESELECTED = pytest.StashKey[Counter[str]]()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A new folder, as pytest's own fixture makes it, which numbers it by all that are there.

    k8slint lists the folders above what it checks, so there are never many in one.
    """
    name = re.sub(r"\W", "_", request.node.name)[:30]
    number = next(NUMBERS)
    folder = tmp_path_factory.getbasetemp() / f"from-{number // 50 * 50}" / f"{name}-{number}"
    folder.mkdir(0o700, parents=True)
    return folder


@pytest.fixture
def need() -> Callable[[str], str]:
    """`need("git")` is the path of a program from outside Python; no test goes on without it."""

    def find(program: str) -> str:
        if path := shutil.which(program):
            return path
        if os.environ.get("K8SLINT_REQUIRE_PROGRAMS") and program not in OPTIONAL:
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")

    return find


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What a script starts in its background has signals switched off, and so its children."""
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    for name in names:
        usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
        signal.signal(getattr(signal, name), usual)
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real manifests."""
    folder = Path(os.environ.get("K8SLINT_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip("no corpus of real manifests (K8SLINT_CORPUS)")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a program, the corpus or the site, so that no mark is forgotten."""
    for item in items:
        for fixture, mark in MARKED:
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


def pytest_configure(config: pytest.Config) -> None:
    """Have Python collect no garbage within a module, as k8slint does not in a run."""
    gc.disable()
    if config.getoption("--hypothesis-profile") == "quick" and has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def has_room(folder: Path) -> bool:
    """Whether tests can write as much as they like in a folder, and run programs there."""
    if not folder.is_dir():
        return False
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize > 2_000_000_000 and not about.f_flag & os.ST_NOEXEC


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Collect it after each module, and never look again at what is kept."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        marks = (mark.name for mark in item.iter_markers())
        reason = next((LEFT_OUT[name] for name in marks if name in LEFT_OUT), "not asked for")
        item.config.stash.setdefault(DESELECTED, Counter())[reason] += 1


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash.setdefault(DESELECTED, Counter())
    for report in terminalreporter.getreports("skipped"):
        _, _, reason = report.longrepr
        left_out[f"skipped: {reason.removeprefix('Skipped: ')}"] += 1
    if left_out:
        terminalreporter.section("left out")
    for reason, number in left_out.most_common():
        terminalreporter.line(f"{number:5}  {reason}")
