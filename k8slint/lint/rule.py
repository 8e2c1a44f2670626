"""What a rule is and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum

from k8slint.lazy import cached_property
from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple
from k8slint.shutdown.features import Feature
from k8slint.type_names import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from k8slint.manifest.source import Location
    from k8slint.manifest.values import Value
    from k8slint.shutdown.repair import Need, NoRepair

Safety: TypeAlias = Literal["safe", "unsafe"]


class Severity(IntEnum):
    """How bad a finding is; larger is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Severity:
        """A severity by its name; raises ValueError for any other word."""
        try:
            return cls[text.upper()]
        except KeyError:
            raise ValueError(f"{echoed(text)} is none of error, warning and info") from None


class Spot(NamedTuple):
    """A place with what it says about the finding; `span` narrows it to a part of the value."""

    value: Value
    label: str = ""
    span: tuple[int, int] | None = None

    @property
    def mark(self) -> tuple[int, int]:
        """Offsets in the source to point at."""
        return self.span or self.value.mark


class Finding(NamedTuple):
    """Something that goes wrong at shutdown: what happens, where, and because of what.

    `need` says what would repair it, or why nothing would; what the rule says of all its findings
    as `unfixed` need not be repeated. `severity` differs from the rule's own where the case is
    milder or worse than usual. `chain` leads over other objects to the finding.
    """

    message: str
    at: Spot
    because: Spot | None = None
    need: Need | NoRepair | None = None
    severity: Severity | None = None
    chain: tuple[Location, ...] = ()


Check: TypeAlias = Callable[..., Iterator[Finding]]


class LateCheck:
    """The check of a rule whose file is imported when it is first called, or its page is read."""

    def __init__(self, load: Callable[[], Rule]) -> None:
        self._load = load

    @cached_property
    def rule(self) -> Rule:
        return self._load()

    def __call__(self, *views: Any, **options: Any) -> Iterator[Finding]:
        return self.rule.check(*views, **options)


class Rule(NamedTuple):
    """A rule: its identity, its page and the function that finds.

    `subject` names the class that it is called with; a rule of the engine has none. It is shown
    pods with any feature of `about`; all of them where that is None, or where an option of
    `widened_by` is set. A preview rule is new and runs only where previews are asked for. One that
    `needs_version` is on by default only where `kubernetes-version` is set. `unfixed` says why
    a finding has no fix, and what would make one, where the finding does not. `configured` is the
    severity that a configuration gives the rule. `file` is a path where the rule is not one of
    k8slint's. `text` is its page, once that is read.
    """

    code: str
    name: str
    severity: Severity
    since: str
    check: Check
    subject: str = ""
    fix: Safety | None = None
    default: bool = True
    yields_to: frozenset[str] = frozenset()
    about: Feature | None = None
    widened_by: frozenset[str] = frozenset()
    joins: bool = False
    options: Mapping[str, int | str] = {}
    preview: bool = False
    needs_version: bool = False
    unfixed: str = ""
    text: str = ""
    file: str = ""
    configured: Severity | None = None

    @property
    def loaded(self) -> Rule:
        """The rule with its page and its own check, once its file is imported."""
        check: object = self.check
        return check.rule if isinstance(check, LateCheck) else self

    @property
    def page(self) -> str:
        return self.text or self.loaded.text

    @property
    def summary(self) -> str:
        return self.page.strip().split("\n", 1)[0].rstrip(".")

    @property
    def is_about_budgets(self) -> bool:
        return self.subject == "WrittenBudget"

    def is_about(self, features: Feature, options: Iterable[str] = ()) -> bool:
        """Whether it can have something to say about what has features, with options set."""
        if not self.about or not self.widened_by.isdisjoint(options):
            return True
        return bool(self.about.value & features.value)  # Flags join in a hundred times as long.

    def rated(self, severity: Severity | None = None) -> Severity:
        """How bad a finding is, given what the rule itself says of it.

        A configured severity takes the place of the rule's own. What the rule finds milder than
        usual stays so, and nothing is worse than configured.
        """
        own = severity or self.severity
        if self.configured is None:
            return own
        return min(own, self.configured) if own < self.severity else self.configured


def kebab(name: str) -> str:
    """A name as configuration files spell it."""
    return name.replace("_", "-")


def rule(
    code: str,
    name: str,
    *,
    severity: Literal["error", "warning", "info"],
    since: str,
    fix: Safety | None = None,
    default: bool = True,
    yields_to: tuple[str, ...] = (),
    about: Feature | None = None,
    widened_by: tuple[str, ...] = (),
    preview: bool = False,
    needs_version: bool = False,
    unfixed: str = "",
) -> Callable[[Check], Rule]:
    """Make a rule of a function.

    The annotation of its first parameter says what it is called with: each `Container`, `Pod`,
    `Shutdown` or `Workload`. With a second one, `Traffic`, it joins the pod to the other objects
    of the run; a rule about a `WrittenBudget` takes the `Cluster` for that. Keyword-only
    parameters are the rule's options. It stays silent where a rule of
    `yields_to` speaks about the same container, or about the same pod. What it is `about` are
    features: documents that have none of them are not shown to it, and need not even be parsed.
    A rule that is about nothing is shown all, and so is one of which an option that it is
    `widened_by` is set. A `preview` rule is selectable only where previews are asked for, and one
    that `needs_version` is on by default only where `kubernetes-version` is set. One without a
    `fix` says as `unfixed` why there is none, and what would make one.
    """

    def decorate(check: Check) -> Rule:
        names = check.__code__.co_varnames[: check.__code__.co_argcount]
        return Rule(
            code,
            name,
            Severity.parse(severity),
            since,
            check,
            _subject(check, names[0]) if names else "",
            fix,
            default,
            frozenset(yields_to),
            about,
            frozenset(widened_by),
            len(names) > 1,
            {kebab(name): default for name, default in (check.__kwdefaults__ or {}).items()},
            preview,
            needs_version,
            unfixed,
        )

    return decorate


def _subject(check: Check, parameter: str) -> str:
    """The name of the class that a parameter is annotated with; all of it if it is not ours."""
    of: Any = check.__annotations__[parameter]
    if isinstance(of, str):
        import inspect  # Only where it must be: it takes 4 ms.

        of = inspect.get_annotations(check, eval_str=True)[parameter]
    is_ours = str(getattr(of, "__module__", "")).startswith(_HOMES)
    return of.__name__ if is_ours and isinstance(of, type) else repr(of)


# Where the classes are that rules are called with.
_HOMES = ("k8slint.kubernetes.", "k8slint.shutdown.")
