"""`k8slint server`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from k8slint.cli.options import (
    Configuration,
    Images,
    Isolated,
    KubernetesVersion,
    Option,
    RuleFolders,
    Subcommand,
    given_images,
    minor_of,
    refuse_contradiction,
    unique_folders,
)
from k8slint.errors import UsageError
from k8slint.records import NamedTuple


class ServerOptions(NamedTuple):
    """The options of `server`."""

    config: Configuration = None
    isolated: Isolated = False
    rules: RuleFolders = None
    images: Images = None
    kubernetes_version: KubernetesVersion = None
    log: Annotated[
        Path | None, Option("Append what the server does to a file.", metavar="FILE")
    ] = None


def server(options: ServerOptions, by_environment: Collection[str]) -> int:
    """Serve an editor over standard input and output (LSP)."""
    refuse_contradiction(options.config, by_environment, isolated=options.isolated)
    if not find_spec("pygls"):
        raise UsageError(
            "the language server needs more than a plain installation: "
            "pip install 'k8slint[server]'"
        )
    from k8slint.config import Overrides
    from k8slint.server.serve import serve

    version = options.kubernetes_version
    overrides = Overrides(
        minor=minor_of(version) if version else None,
        isolated=options.isolated,
        rule_folders=unique_folders(options.rules),
        images=given_images(options.images),
    )
    return serve(overrides, options.config, options.log)


COMMAND = Subcommand(
    ServerOptions,
    server,
    examples=("k8slint server", "k8slint server --log k8slint.log"),
)
