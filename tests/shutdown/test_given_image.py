"""What runs where the config of an image is given: its words, variables and signal, as written."""

from __future__ import annotations

from typing import Any

import pytest

from k8slint.images.config import ImageConfig
from k8slint.images.fact import Fact, Strength
from k8slint.images.given import GivenImage, full_name
from k8slint.kubernetes.gates import STOP_SIGNAL
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.shutdown.model import Stop
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.seconds import Kind
from tests.pods import shutdown_of, stop_of

GATED = ClusterTarget(feature_gates=frozenset({STOP_SIGNAL.name}))
FACT = Fact(Strength.IMAGE, "image config web.json", "2026-02-03")


def given(
    *words: str,
    cmd: tuple[str, ...] = (),
    env: tuple[tuple[str, str], ...] = (),
    signal: str | None = "TERM",
    image: str = "x",
) -> Programs:
    """The programs, where the config of an image is given."""
    config = ImageConfig(words, cmd, env, signal, None, FACT)
    return Programs(images=[GivenImage((full_name(image),), config)])


def words_of(stop: Stop) -> str | None:
    return " ".join(word.text for word in stop.command.words) if stop.command else None


# A container, the entry point and command of its image, the words it runs, and whether the
# manifest says which program that is.
RUNS: list[tuple[dict[str, Any], tuple[str, ...], tuple[str, ...], str | None, bool]] = [
    ({}, ("app",), ("-x",), "app -x", False),
    ({}, (), ("app", "-x"), "app -x", False),
    ({"args": ["-y"]}, ("app",), ("-x",), "app -y", False),
    ({"command": ["own"]}, ("app",), ("-x",), "own", True),
    ({"command": ["own"], "args": ["-y"]}, ("app",), ("-x",), "own -y", True),
    ({"args": ["own", "-y"]}, (), ("app",), "own -y", True),
    ({}, (), (), None, False),
    ({}, ("tini", "--"), ("app",), "app", False),
    ({}, ("sh", "-c", "exec app"), (), "app", False),
    ({}, ("sh", "-c"), ("app",), "app", False),
    # Of an unreadable list nothing is known.
    ({"args": [{"a": 1}]}, ("app",), ("-x",), "", True),
    # The kubelet expands nothing in the image's own words.
    ({"env": {"PORT": "80"}}, ("app",), ("$(PORT)",), "app $(PORT)", False),
]


@pytest.mark.parametrize(("container", "entry", "cmd", "words", "is_written"), RUNS)
def test_what_runs(
    container: dict[str, Any],
    entry: tuple[str, ...],
    cmd: tuple[str, ...],
    words: str | None,
    is_written: bool,
) -> None:
    stop = stop_of(container, given(*entry, cmd=cmd))
    assert words_of(stop) == words
    if stop.command:
        assert stop.command.entry_is_known
        assert stop.command.entry_is_written == is_written
        assert stop.command.fact == (None if is_written else FACT)
    assert stop.expected.command == stop.command


def test_of_an_image_that_is_not_given() -> None:
    stop = stop_of({"image": "y", "args": ["app"]}, given("web"))
    assert stop.command is not None
    assert words_of(stop) == "app"
    assert not stop.command.entry_is_known


GUNICORN = ("gunicorn", "--graceful-timeout=60")
SPRING = (("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE", "40s"),)
# How long a written drain is, and where it stands: in the image, or in the manifest.
DRAINS: list[tuple[dict[str, Any], Programs, float | None, bool]] = [
    ({}, given(*GUNICORN), 60, True),
    ({"args": ["--graceful-timeout=20"]}, given(*GUNICORN), 20, False),
    ({"command": ["gunicorn"]}, given(*GUNICORN), None, True),
    ({"command": ["own"]}, given(*GUNICORN), None, True),
    ({}, given("java", "-jar", "a.jar", env=SPRING), 40, True),
    # The container's own variable is stronger, and one that is not readable hides the image's.
    ({"env": {SPRING[0][0]: "20s"}}, given("java", "-jar", "a", env=SPRING), 20, False),
    ({"env": {SPRING[0][0]: None}}, given("java", "-jar", "a", env=SPRING), None, True),
    ({"envFrom": [{"configMapRef": {"name": "a"}}]}, given("java", env=SPRING), None, True),
    ({"command": ["gunicorn"]}, given(env=(("GUNICORN_CMD_ARGS", GUNICORN[1]),)), 60, True),
    ({}, given("gunicorn", "--graceful-timeout=$(WAIT)"), None, True),
]


@pytest.mark.parametrize(("container", "programs", "seconds", "is_by_image"), DRAINS)
def test_the_drain(
    container: dict[str, Any], programs: Programs, seconds: float | None, is_by_image: bool
) -> None:
    stop = stop_of(container, programs)
    drain = stop.explicit_drain
    assert (drain.span.low if drain else None) == seconds
    if drain is None:
        return
    assert drain.value is not None
    assert stop.origin_of(drain.value) == (f" ({FACT.source})" if is_by_image else "")
    assert (FACT.source in drain.label) == is_by_image
    assert (FACT.source in drain.stages[0].label) == is_by_image
    assert stop.expected.drain_fact is not None
    strength = Strength.IMAGE if is_by_image else Strength.WRITTEN
    assert stop.expected.drain_fact.strength is strength


SIGNALS: list[tuple[dict[str, Any], str | None, str, Strength | None]] = [
    ({}, "QUIT", "SIGQUIT", Strength.IMAGE),
    ({}, "TERM", "SIGTERM", Strength.IMAGE),
    # A command does not replace the stop signal.
    ({"command": ["own"]}, "QUIT", "SIGQUIT", Strength.IMAGE),
    ({}, None, "SIGTERM", None),
]


@pytest.mark.parametrize(("container", "signal", "name", "strength"), SIGNALS)
def test_the_stop_signal(
    container: dict[str, Any], signal: str | None, name: str, strength: Strength | None
) -> None:
    found = stop_of(container, given("app", signal=signal)).expected.signal
    assert found.name == name
    assert (found.fact and found.fact.strength) == strength


def test_a_default_depends_on_the_signal() -> None:
    """With QUIT nginx drains; with TERM it exits at once."""
    for signal, kind in (("QUIT", "unbounded"), ("TERM", "exact"), (None, "unknown")):
        drain = stop_of({}, given("nginx", signal=signal)).drain
        assert drain is not None
        assert drain.span.kind.name.lower() == kind
    container = {"lifecycle": {"stopSignal": "SIGTERM"}}
    (stop,) = shutdown_of(container, given("nginx", signal="QUIT"), GATED).stops
    assert stop.drain is not None
    assert stop.drain.span.kind is Kind.UNKNOWN


def test_what_a_public_image_is_known_to_wrap() -> None:
    """The table knows what the script runs that is the entry point; no warning stands on it."""
    entry, cmd = ("/docker-entrypoint.sh",), ("nginx", "-g", "daemon off;")
    stop = stop_of(
        {"image": "nginx:1.27"}, given(*entry, cmd=cmd, signal="QUIT", image="nginx:1.27")
    )
    assert words_of(stop) == "/docker-entrypoint.sh nginx -g daemon off;"
    assert stop.expected.command is not None
    assert stop.expected.command.program == "nginx"
    assert stop.expected.signal.fact == FACT
    other = given("/own.sh", cmd=cmd, image="nginx:1.27")
    found = stop_of({"image": "nginx:1.27"}, other).expected.command
    assert found is not None
    assert found.program == "own.sh"


def test_a_program_that_an_image_names_stays_known() -> None:
    """What the config says is started need not be what the program is known by."""
    plain = stop_of({"image": "envoyproxy/envoy:v1.30"}).drain
    assert plain is not None
    entry = given("/docker-entrypoint.sh", image="envoyproxy/envoy:v1.30")
    found = stop_of({"image": "envoyproxy/envoy:v1.30"}, entry).drain
    assert found is not None
    assert found.program == plain.program
