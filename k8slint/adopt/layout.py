"""What a repository holds, and what checks it: charts, overlays, GitOps objects and CI."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from k8slint.git.remotes import remote_hosts
from k8slint.lint.rendered.recipes import Rendering
from k8slint.lint.task import Task
from k8slint.records import NamedTuple
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.ordered import Ordered
from k8slint.workspace import Workspace

GITHUB, GITLAB, JENKINS = "GitHub Actions", "GitLab CI", "Jenkins"
_GITHUB_FOLDER = ".github/workflows"
GITLAB_FILE = ".gitlab-ci.yml"
# Servers whose files are not edited.
_OTHERS = {
    "Jenkinsfile": JENKINS,
    ".circleci/config.yml": "CircleCI",
    "azure-pipelines.yml": "Azure Pipelines",
    "bitbucket-pipelines.yml": "Bitbucket Pipelines",
    ".drone.yml": "Drone",
    ".travis.yml": "Travis CI",
    ".woodpecker.yml": "Woodpecker",
}


class RepositoryLayout(NamedTuple):
    """A repository: its root, as a real path, and how many of what it has.

    `deliveries` are GitOps objects by their kinds. `servers` are the CI systems whose files
    k8slint can write, `others` the rest, each with its file.
    """

    root: Path
    charts: int
    overlays: int
    deliveries: tuple[tuple[str, int], ...]
    servers: tuple[str, ...]
    others: tuple[tuple[str, str], ...]

    @property
    def is_rendered(self) -> bool:
        """Whether more is found when it is rendered."""
        return bool(self.charts or self.overlays or self.deliveries)


def describe_repository(
    root: Path, workspace: Workspace, tasks: Sequence[Task]
) -> RepositoryLayout:
    """Return what the files of a repository are; nothing is rendered or run."""
    _, recipes = workspace.add_renderings(tasks, [str(root)], Rendering(everything=True))
    wanted = [recipe for recipe, _ in recipes.wanted] if recipes else []
    plain = [one for one in wanted if not isinstance(one, Ordered)]
    charts = {one.folder for one in plain if isinstance(one, Chart)}
    ordered = {(one.kind, one.owner, one.line) for one in wanted if isinstance(one, Ordered)}
    kinds = Counter(kind for kind, _, _ in ordered)
    kinds.update(one.name.partition(" ")[0] for _, one in (recipes.passed if recipes else ()))
    return RepositoryLayout(
        root,
        len(charts),
        sum(not isinstance(one, Chart) for one in plain),
        tuple(sorted(kinds.items())),
        tuple(_servers(root)),
        tuple((name, file) for file, name in _OTHERS.items() if _is_there(root, file)),
    )


def _servers(root: Path) -> list[str]:
    hosts = remote_hosts(str(root))
    found = []
    if _is_there(root, _GITHUB_FOLDER) or "github.com" in hosts:
        found.append(GITHUB)
    if _is_there(root, GITLAB_FILE) or "gitlab.com" in hosts:
        found.append(GITLAB)
    return found


def _is_there(root: Path, path: str) -> bool:
    return os.path.lexists(root / path)
