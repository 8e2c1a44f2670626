"""`k8slint check`."""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import typer

from k8slint.cli.check import options as of_check
from k8slint.cli.check.options import CheckOptions, validate
from k8slint.cli.options import (
    Color,
    Configuration,
    Isolated,
    KubernetesVersion,
    PathArguments,
    RuleFolders,
    When,
    format_examples,
    is_isolated,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog=format_examples(
        "k8slint check deploy/ app.yaml",
        "helm template ./chart | k8slint check -",
        "k8slint check --diff deploy/",
        "k8slint check --fix --select GS101 deploy/",
    )
)
def check(
    ctx: typer.Context,
    paths: PathArguments = None,
    fix: of_check.FixOption = False,
    unsafe_fixes: of_check.UnsafeFixes = False,
    diff: of_check.Diff = False,
    select: of_check.Select = None,
    extend_select: of_check.ExtendSelect = None,
    ignore: of_check.Ignore = None,
    preview: of_check.Preview = False,
    fail_on: of_check.FailOn = None,
    output_format: of_check.OutputFormat = None,
    statistics: of_check.Statistics = False,
    exit_zero: of_check.ExitZero = False,
    baseline: of_check.BaselineOption = None,
    write_baseline: of_check.WriteBaseline = False,
    no_ignores: of_check.NoIgnores = False,
    kubernetes_version: KubernetesVersion = None,
    render: of_check.Render = False,
    values: of_check.Values = None,
    sets: of_check.Sets = None,
    allow_network: of_check.AllowNetwork = False,
    config: Configuration = None,
    isolated: Isolated = False,
    rules: RuleFolders = None,
    context: of_check.ContextOption = None,
    exclude: of_check.Exclude = None,
    force_exclude: of_check.ForceExclude = False,
    no_gitignore: of_check.NoGitignore = False,
    stdin_filename: of_check.StdinFilename = None,
    show_files: of_check.ShowFiles = False,
    jobs: of_check.Jobs = 0,
    color: Color = When.auto,
    quiet: of_check.Quiet = False,
    verbose: of_check.Verbose = False,
) -> None:
    """Find what goes wrong when pods shut down."""
    given = {**locals()}  # The options by name, which are the fields of CheckOptions.
    given["isolated"] = is_isolated(given.pop("ctx"), isolated=isolated)
    options = CheckOptions(**given)
    validate(options)

    from k8slint.cli.check.emit import emit, list_files
    from k8slint.cli.check.execute import execute, prepare

    prepared = prepare(options)
    if options.show_files:
        raise typer.Exit(list_files(prepared, options))
    raise typer.Exit(emit(execute(prepared, options), prepared, options))
