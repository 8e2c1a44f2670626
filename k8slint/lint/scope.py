"""With which rules files are linted, for which cluster, and what hides findings."""

from functools import lru_cache

from k8slint.errors import UsageError
from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.written_budget import BUDGETS
from k8slint.lint.rulebook import Rulebook, Selection, apply_severities, load_rules, select
from k8slint.lint.settings import Settings
from k8slint.records import NamedTuple
from k8slint.shutdown.features import MAY_MOUNT
from k8slint.shutdown.programs.known import DEFAULT, Programs
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from k8slint.lint.known import Known


class LintScope(NamedTuple):
    """What the rules are run with, and what hides their findings.

    `hides` tells whether comments and annotations do, of which some do so until a day before
    `today` (in UTC; None is now). `known` is what the baseline says about the file.
    """

    book: Rulebook
    selection: Selection
    target: ClusterTarget
    kinds: Kinds
    programs: Programs = DEFAULT
    cluster: Cluster = ALONE
    hides: bool = True
    today: "date | None" = None
    known: "Known | None" = None
    owner_labels: tuple[str, ...] = ()

    @property
    def joins(self) -> bool:
        """Whether a rule looks at other objects than the pod, or the safety of its fix does.

        What a ConfigMap mounts is one, too.
        """
        return any(
            rule.joins or rule.fix == "safe" or (rule.about is not None and rule.about & MAY_MOUNT)
            for rule, _ in self.selection.runnable
        )

    def may_have_budgets(self, text: str) -> bool:
        """Whether a file can hold budgets that rules look at."""
        return bool(self.selection.about_budgets) and BUDGETS.may_occur(text)

    @property
    def counts_pods(self) -> bool:
        """Whether a rule looks at which pods there are."""
        return any(rule.joins for rule, _ in self.selection.about_budgets)

    def was_run(self, code: str) -> bool:
        """Whether a rule ran and saw all there is: only then its silence means anything."""
        rule = self.book.by_code[code]
        if code not in self.selection.codes:
            return False
        if rule.is_about_budgets and not self.cluster.headcount.is_whole:
            return not rule.joins
        return not rule.joins or self.cluster.is_whole


@lru_cache(maxsize=1024)
def scope_for(settings: Settings) -> LintScope:
    """The rules and the target of a folder's settings.

    Raises UsageError for an unknown rule, and where none is left to run.
    """
    book = apply_severities(load_rules(settings.rule_folders), settings)
    selection = select(book, settings)
    if not selection.rules and not settings.ignored_here:
        raise UsageError("no rule is selected, so nothing would be checked")
    own = settings.programs, settings.drains, settings.images, settings.measured
    programs = Programs(*own) if any(own) else DEFAULT
    if settings.repository:
        built = settings.dockerfiles
        programs = programs.within(settings.repository, built, by_folder=settings.by_folder)
    kinds = Kinds(settings.pod_templates)
    labels = settings.owner_labels
    return LintScope(book, selection, settings.target, kinds, programs, owner_labels=labels)


def forget_scopes() -> None:
    """Have the Dockerfiles of repositories read again."""
    scope_for.cache_clear()
    guard_for.cache_clear()


@lru_cache(maxsize=1024)
def guard_for(settings: Settings) -> LintScope:
    """All default rules on top, but those that are ignored: a fix must make none find anything."""
    widened = settings._replace(extend_select=(*settings.extend_select, "DEFAULT"))
    return scope_for(widened)
