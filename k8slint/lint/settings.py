"""What a run looks for, and in which cluster."""

from pathlib import Path

from k8slint.kubernetes.pod_templates import PodTemplate
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.lint.rule import Severity
from k8slint.records import NamedTuple
from k8slint.shutdown.drain_row import DrainRow
from k8slint.shutdown.programs.program import KnownProgram
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.build_files import NamedBuild
    from k8slint.images.given import GivenImage
    from k8slint.shutdown.measured import MeasuredDrains

# Where a configuration is, the first of them counting, and else a table of another file.
CONFIGURATIONS = (".k8slint.yaml", ".k8slint.yml")
PYPROJECT = "pyproject.toml"
# The file of known findings, in the folder of the configuration, or at the root of the repository.
BASELINE = ".k8slint-baseline.json"


class Settings(NamedTuple):
    """Settings of one folder, from its configuration and the command line.

    `exclude` holds gitignore patterns relative to `root`, `context` paths; `options` holds options
    of rules, each as the rule's code or name, the option and its value, and `severities` those
    given to rules. `per_file_ignores` are patterns like those of `exclude`, each with the rules
    that say nothing about the files it matches; in the settings of one file, `ignored_here` are
    those for the file. `programs`, `drains` and `pod_templates` are known only to the user, and
    `images` are those whose configs are given, the more important first; `measured` holds drains
    that were measured, by workload and image. `repository` is the
    root of that in which the folder is, whose Dockerfiles build images: `dockerfiles` say which
    one builds what, and `by_folder` whether names of folders do.
    `rule_folders` hold more rules. `call_select` and `call_ignore` are what the command line adds
    and takes away. `charts` are folders of Helm charts, each with its environments: their names
    and files of values. `render_timeout` is in seconds. `owner_labels` are labels of objects, the
    first of which that is there names the owner.
    """

    root: Path = Path()
    select: tuple[str, ...] = ("DEFAULT",)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    target: ClusterTarget = ClusterTarget()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignored_here: tuple[str, ...] = ()
    options: tuple[tuple[str, str, int | str], ...] = ()
    severities: tuple[tuple[str, Severity], ...] = ()
    preview: bool = False
    programs: tuple[KnownProgram, ...] = ()
    drains: tuple[DrainRow, ...] = ()
    pod_templates: tuple[PodTemplate, ...] = ()
    images: "tuple[GivenImage, ...]" = ()
    measured: "MeasuredDrains | None" = None
    repository: str = ""
    dockerfiles: "tuple[NamedBuild, ...]" = ()
    by_folder: bool = True
    rule_folders: tuple[Path, ...] = ()
    call_select: tuple[str, ...] = ()
    call_ignore: tuple[str, ...] = ()
    charts: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = ()
    render_timeout: int = 60
    owner_labels: tuple[str, ...] = ()
