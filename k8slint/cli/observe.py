"""`k8slint observe`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

from k8slint.cli.options import (
    AllNamespaces,
    ClusterNamespace,
    Configuration,
    Drains,
    Images,
    Isolated,
    KubernetesVersion,
    Option,
    Subcommand,
    given_drains,
    given_images,
    minor_of,
    refuse_contradiction,
)
from k8slint.errors import UsageError
from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from k8slint.lint.scope import LintScope

OBSERVED_FORMATS = ("text", "jsonl", "prometheus")


class ObserveOptions(NamedTuple):
    """The options of `observe`."""

    namespace: ClusterNamespace = None
    all_namespaces: AllNamespaces = False
    context: Annotated[
        str | None,
        Option(
            "Context of the kubeconfig.",
            ("--context", "--kube-context"),
            metavar="NAME",
            show_default="the current one",
        ),
    ] = None
    duration: Annotated[
        str | None,
        Option(
            "How long to watch, such as 90s, 10m or 2h.",
            ("--for",),
            metavar="TIME",
            show_default="until Ctrl-C",
        ),
    ] = None
    output_format: Annotated[
        list[str] | None,
        Option(
            f"{', '.join(OBSERVED_FORMATS[:-1])} or {OBSERVED_FORMATS[-1]}; repeatable.",
            metavar="FORMAT[=FILE]",
            show_default="text",
            completed=OBSERVED_FORMATS,
        ),
    ] = None
    drains_file: Annotated[
        str | None,
        Option("Add the drains to a file of measured drains.", ("--write",), metavar="FILE"),
    ] = None
    kubernetes_version: KubernetesVersion = None
    config: Configuration = None
    isolated: Isolated = False
    images: Images = None
    drains: Drains = None


def observe(options: ObserveOptions, by_environment: Collection[str]) -> int:
    """Watch how pods stop in a cluster, beside what is predicted."""
    refuse_contradiction(options.config, by_environment, isolated=options.isolated)

    from k8slint.cli.observing import Wanted, watch_stops
    from k8slint.cli.output import OutputTarget, parse_targets
    from k8slint.measure.kubectl import find_kubectl, namespace_for
    from k8slint.measure.observe.predicted import Predictor
    from k8slint.measure.observe.session import Watching
    from k8slint.outside.programs import Crew

    targets = parse_targets(options.output_format, OBSERVED_FORMATS) or [OutputTarget("text")]
    seconds = _seconds(options.duration)
    scope = _scope(options)
    if options.drains_file:
        from k8slint.measure.drains.write import check_drains

        check_drains(options.drains_file)
    crew = Crew()
    try:
        kubectl = find_kubectl(options.context, crew)
        namespace = namespace_for(kubectl, options.namespace, everywhere=options.all_namespaces)
        about = f"Watching the pods of {namespace or 'all namespaces'}; Ctrl-C ends."
        wanted = Wanted(targets, options.drains_file, seconds, about)
        return watch_stops(Watching(kubectl, namespace, Predictor(scope)), wanted)
    finally:
        crew.end()


COMMAND = Subcommand(
    ObserveOptions,
    observe,
    examples=(
        "k8slint observe -n shop --for 10m",
        "k8slint observe -A --output-format jsonl=stops.jsonl --output-format text",
        "k8slint observe -A --write drains.yaml",
    ),
)


def _seconds(duration: str | None) -> float:
    """Return how long to watch; raises UsageError."""
    if duration is None:
        return float("inf")
    from k8slint.shutdown.durations import Unit, parse_duration

    seconds = parse_duration(duration, Unit.GO)
    if not seconds:
        raise UsageError(f"--for: {duration!r} is not a time such as 90s, 10m or 2h")
    return seconds


def _scope(options: ObserveOptions) -> "LintScope":
    """Return what predictions are made with, as `timeline` makes them."""
    from k8slint.config import Overrides
    from k8slint.lint.scope import scope_for
    from k8slint.workspace import Workspace, folders_named

    version = options.kubernetes_version
    overrides = Overrides(
        minor=minor_of(version) if version else None,
        isolated=options.isolated,
        named=folders_named(["-"]),
        images=given_images(options.images),
        drains=given_drains(options.drains),
    )
    return scope_for(Workspace(overrides, options.config).make_task("<cluster>").settings)
