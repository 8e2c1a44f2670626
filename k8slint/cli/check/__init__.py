"""`k8slint check`."""

from collections.abc import Collection

from k8slint.cli.check.options import GROUPS, CheckOptions
from k8slint.cli.check.validate import validate
from k8slint.cli.options import Subcommand, refuse_contradiction


def check(options: CheckOptions, by_environment: Collection[str]) -> int:
    """Find what goes wrong when pods shut down."""
    refuse_contradiction(options.config, by_environment, isolated=options.isolated)
    validate(options)
    if options.watch:
        from k8slint.cli.check.watch import watch

        return watch(options, _run)
    return _run(options)


def _run(options: CheckOptions) -> int:
    from k8slint.cli.check.emit import emit, list_files
    from k8slint.cli.check.execute import execute, prepare

    prepared = prepare(options)
    if options.show_files:
        return list_files(prepared, options)
    code = emit(execute(prepared, options), prepared, options)
    return (prepared.ending and prepared.ending.code) or code


COMMAND = Subcommand(
    CheckOptions,
    check,
    groups=GROUPS,
    examples=(
        "k8slint check deploy/ app.yaml",
        "helm template ./chart | k8slint check -",
        "k8slint check --diff deploy/",
        "k8slint check --fix --select GS101 deploy/",
    ),
)
