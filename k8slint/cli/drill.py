"""`k8slint drill`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import os
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from k8slint.cli.options import (
    Color,
    Configuration,
    Images,
    Isolated,
    KubernetesVersion,
    Option,
    Positional,
    Subcommand,
    When,
    given_images,
    minor_of,
    refuse_contradiction,
)
from k8slint.cli.output import (
    OutputTarget,
    parse_targets,
    write,
)
from k8slint.cli.timeline import EndingOption
from k8slint.errors import UsageError
from k8slint.outside.terminal import clipped, echoed, printable
from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Container
    from k8slint.lint.scope import LintScope
    from k8slint.measure.drill.plan import DrillPlan
    from k8slint.measure.drill.run import Exercise
    from k8slint.outside.app import AppProcess

_MOST_CLIENTS = 500
# Seconds that a drill waits for anything.
_LONGEST = 1_000_000
DRILL_FORMATS = ("text", "json", "junit", "svg")


class DrillOptions(NamedTuple):
    """The options of `drill`."""

    manifest: Annotated[
        str | None,
        Positional(
            "Manifest of the pod, or - for stdin; its hook and probes run on this machine.",
            metavar="[MANIFEST | -]",
            show_default=False,
        ),
    ] = None
    command: Annotated[
        list[str] | None,
        Positional(
            "The command that starts the application, after --.",
            metavar="-- COMMAND ...",
            show_default=False,
            is_behind_dashes=True,
        ),
    ] = None
    container: Annotated[
        str | None, Option("Container of the manifest to drill.", metavar="NAME")
    ] = None
    docker: Annotated[
        str | None, Option("Run this image with docker or podman.", metavar="IMAGE")
    ] = None
    init: Annotated[
        bool, Option("The command runs below an init such as tini, not as process 1.")
    ] = False
    trigger: Annotated[EndingOption, Option("What triggers the shutdown.")] = EndingOption.delete
    grace: Annotated[
        int | None,
        Option(
            "Override the grace period (seconds).",
            metavar="N",
            min=0,
            show_default="that of the manifest, else 30",
        ),
    ] = None
    signal: Annotated[
        str | None,
        Option(
            "Stop signal.",
            metavar="NAME",
            show_default="that of the manifest or the image, else SIGTERM",
        ),
    ] = None
    ready: Annotated[
        str | None,
        Option("Wait for this URL, not for the readinessProbe of the manifest.", metavar="URL"),
    ] = None
    ready_within: Annotated[
        float, Option("How long to wait for that (seconds).", metavar="N", min=0)
    ] = 60.0
    load: Annotated[
        str | None, Option("Send requests to this URL of this machine.", metavar="URL")
    ] = None
    requests: Annotated[int, Option("Requests at the same time.", metavar="N", min=1)] = 4
    idle: Annotated[int, Option("Idle connections.", metavar="N", min=0)] = 2
    hold: Annotated[
        float, Option("How long the load runs before the stop (seconds).", metavar="N", min=0)
    ] = 1.0
    busy_file: Annotated[
        str | None, Option("This file exists while work is in progress.", metavar="FILE")
    ] = None
    busy_command: Annotated[
        str | None,
        Option("This command exits with 0 while work is in progress.", metavar="COMMAND"),
    ] = None
    within: Annotated[
        float | None, Option("Fail if it ends later (seconds).", metavar="N", min=0)
    ] = None
    output_format: Annotated[
        list[str] | None,
        Option(
            f"{', '.join(DRILL_FORMATS[:-1])} or {DRILL_FORMATS[-1]}; repeatable.",
            metavar="FORMAT[=FILE]",
            show_default="text",
            completed=lambda: DRILL_FORMATS,
        ),
    ] = None
    write_drains: Annotated[
        str | None, Option("Add the measured drain to this file.", ("--write",), metavar="FILE")
    ] = None
    kubernetes_version: KubernetesVersion = None
    config: Configuration = None
    isolated: Isolated = False
    images: Images = None
    color: Color = When.auto


def drill(options: DrillOptions, by_environment: Collection[str]) -> int:
    """Start an application, stop it as the kubelet does, and report what is lost."""
    from k8slint.measure.drill.run import run_drill

    if os.name == "nt":
        raise UsageError("drill needs the signals of Linux or macOS")
    command = options.command or []
    if not command and not options.docker:
        raise UsageError("drill needs a command: k8slint drill web.yaml -- python app.py")
    refuse_contradiction(options.config, by_environment, isolated=options.isolated)
    targets = parse_targets(options.output_format, DRILL_FORMATS) or [OutputTarget("text")]
    for target in targets:
        if target.file and os.path.realpath(target.file) == os.path.realpath(
            options.manifest or ""
        ):
            raise UsageError(f"{target.file}: cannot be written: it is the manifest; name another")
    if options.write_drains:
        _check_file(options)
    exercise = _exercise(options)
    plan = _plan(options)
    shown = [*([options.docker] if options.docker else []), *command]
    write(sys.stderr, "".join(f"{printable(clipped(line))}\n" for line in _told(plan, shown)))
    with _start_app(options, plan, exercise) as app:
        result = run_drill(plan, exercise, app)
    from k8slint.cli.drilled import keep_drain, write_reports

    problems = [*write_reports(result, shown, targets, options.color)]
    if options.write_drains:
        write(sys.stderr, f"{printable(keep_drain(result, options.write_drains))}\n")
    write(sys.stderr, "".join(f"{problem}\n" for problem in problems))
    return 2 if problems else int(bool(result.problems))


COMMAND = Subcommand(
    DrillOptions,
    drill,
    examples=(
        "k8slint drill deploy/web.yaml --load http://localhost:8080/slow -- python app.py",
        "k8slint drill --grace 10 --ready http://localhost:8080/ -- node server.js",
        "k8slint drill worker.yaml --busy-file /tmp/busy -- python worker.py",
    ),
    groups={
        "Application": ("container", "docker", "init", "ready", "ready_within"),
        "Load": ("load", "requests", "idle", "hold", "busy_file", "busy_command"),
        "Stop": ("trigger", "grace", "signal", "within"),
    },
)


def _check_file(options: DrillOptions) -> None:
    """Raise UsageError where the drain could not be kept, before it is measured."""
    from k8slint.measure.drains.write import check_drains

    if not options.manifest:
        raise UsageError("--write needs a manifest: drains are kept by workload and container")
    if not (options.load or options.busy_file or options.busy_command):
        raise UsageError(
            "--write needs --load, --busy-file or --busy-command: "
            "an application without work says nothing about its drain"
        )
    check_drains(options.write_drains or "")


def _exercise(options: DrillOptions) -> "Exercise":
    from k8slint.measure.drill.actions import action_of_url
    from k8slint.measure.drill.load import LoadPlan
    from k8slint.measure.drill.run import Exercise
    from k8slint.measure.drill.work import BusySign

    times = (options.hold, options.ready_within, options.within or 0)
    if not all(time <= _LONGEST for time in times):
        raise UsageError(f"--hold, --ready-within and --within take up to {_LONGEST} seconds")
    if max(options.requests, options.idle) > _MOST_CLIENTS:
        raise UsageError(f"--requests and --idle: more than {_MOST_CLIENTS} are a load test")
    if options.busy_file and options.busy_command:
        raise UsageError("--busy-file and --busy-command exclude each other")
    if options.busy_file and os.path.lexists(options.busy_file):
        raise UsageError(f"--busy-file: {echoed(options.busy_file)} exists before the start")
    busy = BusySign(options.busy_file or "", tuple(shlex.split(options.busy_command or "")))
    load = (
        LoadPlan(action_of_url("--load", options.load), options.requests, options.idle)
        if options.load
        else None
    )
    return Exercise(
        options.ready_within, options.hold, load, busy if any(busy) else None, options.within
    )


def _plan(options: DrillOptions) -> "DrillPlan":
    from k8slint.measure.drill.actions import TcpAction, action_of_url
    from k8slint.measure.drill.plan import plan_alone
    from k8slint.measure.drill.ready import ReadyCheck
    from k8slint.shutdown.triggers import TRIGGERS_BY_NAME, GraceSource

    if options.manifest:
        plan = _plan_of_manifest(options, options.manifest)
    else:
        trigger = TRIGGERS_BY_NAME[options.trigger.value]
        limits = trigger.grace in (GraceSource.LIMIT, GraceSource.SMALLER)
        own = options.grace if options.grace is not None and not limits else 30
        limit = options.grace if limits else None
        plan = plan_alone(trigger, own, limit, options.signal)
    if options.ready:
        plan = plan._replace(check=ReadyCheck(action_of_url("--ready", options.ready)))
    elif options.load and plan.check is None:
        at = action_of_url("--load", options.load)
        plan = plan._replace(check=ReadyCheck(TcpAction(at.host, at.port)))
    if plan.grace > _LONGEST:
        raise UsageError(f"a drill does not wait for {plan.grace} s: --grace shortens that")
    return plan._replace(has_init=options.init or plan.has_init)


def _plan_of_manifest(options: DrillOptions, manifest: str) -> "DrillPlan":
    from k8slint.measure.drill.actions import refuse_process_1
    from k8slint.measure.drill.plan import plan_for
    from k8slint.picture.scene import Played, part_of, scenes_of
    from k8slint.shutdown.model import Shutdown
    from k8slint.shutdown.triggers import TRIGGERS_BY_NAME

    container, scope = _container(options, manifest)
    if container.pre_stop and not options.docker:
        refuse_process_1(container.pre_stop)
    pod = container.pod
    trigger = TRIGGERS_BY_NAME[options.trigger.value]
    scenes = [
        scene
        for scene in scenes_of(pod.workload, scope, Played(trigger, options.grace))
        if scene.part == part_of(pod)
    ]
    for scene in scenes:
        if scene.timeline and container.name in {lane.name for lane in scene.timeline.lanes}:
            shutdown = Shutdown(pod, scope.target, scope.programs)
            return plan_for(shutdown, container, trigger, scene.timeline.grace, options.signal)
    why = next((f": {scene.missing}" for scene in scenes if scene.missing), "")
    raise UsageError(f"{echoed(container.name)} does not end by {trigger.title}{why}")


def _container(options: DrillOptions, manifest: str) -> "tuple[Container, LintScope]":
    """Return the container of a manifest that is meant. Raises UsageError."""
    from k8slint.cli.streams import read_stdin
    from k8slint.config import Overrides
    from k8slint.picture import run
    from k8slint.workspace import Workspace, folders_named

    version = options.kubernetes_version
    overrides = Overrides(
        minor=minor_of(version) if version else None,
        isolated=options.isolated,
        named=folders_named([manifest]),
        images=given_images(options.images),
    )
    workspace = Workspace(overrides, options.config)
    if manifest == "-":
        reads = [run.read_workloads(read_stdin(), workspace.make_task("<stdin>"))]
    else:
        tasks, unread = workspace.find([manifest])
        reads = [*run.read_files(workspace.apply_kustomizations(tasks))]
        if errors := [f"{file.path}: {file.error}" for file in unread if file.error]:
            raise UsageError(errors[0])
    if unreadable := [reason for read in reads for reason in read.unreadable]:
        raise UsageError(unreadable[0])
    found = [
        (container, read.scope)
        for read in reads
        for workload in read.workloads
        for pod in workload.pods
        for container in pod.containers
        if container.runs_hooks and options.container in (None, container.name)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        which = f" called {echoed(options.container)}" if options.container else ""
        raise UsageError(f"{manifest} has no container{which}")
    names = ", ".join(f"{one.name} of {one.pod.workload}" for one, _ in found)
    raise UsageError(f"{manifest} has {len(found)} containers: {names}; name one: --container")


def _told(plan: "DrillPlan", shown: Sequence[str]) -> Iterator[str]:
    """Yield what will be run on this machine."""
    from k8slint.measure.drill.actions import ExecAction

    yield f"starts: {shlex.join(shown)}"
    if plan.check and isinstance(plan.check.action, ExecAction):
        yield f"readinessProbe: {plan.check.action}"
    if plan.hook:
        yield f"preStop: {plan.hook}"
    if plan.variables:
        yield f"variables of the manifest: {', '.join(plan.variables)}"
    if plan.unset:
        yield f"not set, their values are not in the manifest: {', '.join(plan.unset)}"


def _start_app(options: DrillOptions, plan: "DrillPlan", exercise: "Exercise") -> "AppProcess":
    from k8slint.measure.drill.ready import refuse_taken
    from k8slint.outside.app import AppProcess
    from k8slint.outside.app_container import AppContainer

    for asked in (plan.check and plan.check.action, exercise.load and exercise.load.action):
        if asked:
            refuse_taken(asked)
    command = options.command or []
    try:
        if options.docker:
            ports = {*plan.ports, *([exercise.load.action.port] if exercise.load else [])}
            return AppContainer(
                options.docker, command, plan.variables, sorted(ports), has_init=options.init
            )
        return AppProcess(command, os.environ | plan.variables)
    except OSError as error:
        what = command[0] if command and not options.docker else "--docker"
        raise UsageError(f"{what}: cannot be started: {error.strerror or error}") from None
