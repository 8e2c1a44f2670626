"""The files that have k8slint check a repository: new ones, and additions to those there are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from k8slint import __version__
from k8slint.adopt.confined import read_confined
from k8slint.adopt.layout import GITHUB, GITLAB, GITLAB_FILE, JENKINS, RepositoryLayout
from k8slint.adopt.versions import VersionHint
from k8slint.config.show import configuration_head
from k8slint.kubernetes.versions import dotted
from k8slint.lint.settings import CONFIGURATIONS
from k8slint.manifest.edit import plan
from k8slint.manifest.operations import Append, Operation, Set
from k8slint.manifest.plain import NotPlain, read_data
from k8slint.manifest.prove import Unproved, prove
from k8slint.manifest.source import NotText, Source, decode
from k8slint.manifest.splice import Refused
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Value
from k8slint.manifest.values import root as top_of
from k8slint.outside.terminal import printable
from k8slint.records import NamedTuple

WORKFLOW = ".github/workflows/k8slint.yml"
_HOOKS = ".pre-commit-config.yaml"
_WORKFLOW = """\
name: k8slint
on: [push, pull_request]

permissions:
  contents: read

jobs:
  k8slint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with:
          persist-credentials: false
      - uses: k8slint/k8slint@v{version}
"""
_JOB = """\
k8slint:
  stage: test
  image: python:3.13-slim
  script:
    - pip install --quiet k8slint
    - k8slint check --output-format gitlab=gl-code-quality-report.json{options}
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
"""
_HOOK = """\
repos:
  - repo: https://github.com/k8slint/k8slint
    rev: v{version}
    hooks:
      - id: k8slint
"""
_STAGE_OF_JOB = "test"
_STAGE = """\
stage('k8slint') {{
  agent {{ docker {{ image 'python:3.13-slim' }} }}
  environment {{ HOME = "${{env.WORKSPACE_TMP}}" }}  // outside of the checkout
  steps {{
    sh 'python -I -m venv --clear "$HOME/k8slint"'
    sh '"$HOME/k8slint/bin/pip" install --quiet k8slint'
    sh '"$HOME/k8slint/bin/k8slint" check{options}'
  }}
}}
"""
_ANYWHERE = "pip install k8slint\nk8slint check{options}\n"


class Proposal(NamedTuple):
    """A file to write, below the root of the repository; `old` is what it holds, None if new."""

    path: str
    new: bytes
    old: bytes | None = None


class ByHand(NamedTuple):
    """What a person has to add to a file, and why."""

    path: str
    text: str
    why: str


def propose_configuration(hint: VersionHint | None) -> Proposal | None:
    """Return a configuration with what a repository says; None where it says nothing."""
    if hint is None:
        return None
    version = dotted(hint.minor)
    lines = [
        *configuration_head(),
        "",
        f"# As {printable(hint.path)}:{hint.line} says ({hint.said}).",
        f'kubernetes-version: "{version}"',
    ]
    return Proposal(CONFIGURATIONS[0], "".join(f"{line}\n" for line in lines).encode())


def propose_checks(layout: RepositoryLayout, *, render: bool) -> list[Proposal | ByHand]:
    """Return what has CI and pre-commit run k8slint, as far as they do not yet."""
    options = " --render" if render else ""
    found: list[Proposal | ByHand | None] = []
    if GITHUB in layout.servers:
        found.append(_workflow(layout.root, options.strip()))
    if GITLAB in layout.servers:
        found.append(_gitlab(layout.root, options))
    for name, file in layout.others:
        said = (_STAGE if name == JENKINS else _ANYWHERE).format(options=options)
        if b"k8slint" not in read_confined(layout.root, file):
            found.append(ByHand(file, said, f"it is for {name}, whose files are not edited"))
    found.append(_hook(layout.root))
    return [one for one in found if one]


def _workflow(root: Path, options: str) -> Proposal | None:
    if any(b"k8slint" in read_confined(root, one) for one in _in_folder(root / WORKFLOW)):
        return None
    more = f"        with:\n          args: {options}\n" if options else ""
    return Proposal(WORKFLOW, (_WORKFLOW.format(version=__version__) + more).encode())


def _gitlab(root: Path, options: str) -> Proposal | ByHand | None:
    text = _JOB.format(options=options)
    if not os.path.lexists(root / GITLAB_FILE):
        return Proposal(GITLAB_FILE, text.encode())
    (name, job), *_ = _data(text).items()
    return _add(root, GITLAB_FILE, Set((name,), job), text)


def _hook(root: Path) -> Proposal | ByHand | None:
    if not os.path.lexists(root / _HOOKS):
        return None
    text = _HOOK.format(version=__version__)
    return _add(root, _HOOKS, Append(("repos",), _data(text)["repos"][0]), text)


def _data(text: str) -> dict[str, Any]:
    return read_data(Source("", text), "").data


def _add(root: Path, path: str, wanted: Operation, by_hand: str) -> Proposal | ByHand | None:
    """Return a file with an addition that is proved, or what to add by hand.

    None for one that mentions k8slint.
    """
    data = read_confined(root, path)
    if b"k8slint" in data:
        return None
    try:
        source = _end_last_line(decode(data, path))
        document = _only_document(source)
        _refuse_stages(top_of(document).get("stages"))
        changed = plan(document, [wanted])
        text = prove(document, changed.changes, changed.edits)
    except (NotText, Refused, Unproved, YamlError) as problem:
        return ByHand(path, by_hand, f"nothing can be added for certain: {problem}")
    return Proposal(path, source.encode(text), data)


def _end_last_line(source: Source) -> Source:
    """Return a text with a line end after its last line, where it says the same with one."""
    text = source.text
    if not text or text.endswith("\n"):
        return source
    ended = source.saying(text + ("\r\n" if "\r\n" in text else "\n"))
    try:
        return ended if read_data(ended, "").data == read_data(source, "").data else source
    except NotPlain:
        return source


def _only_document(source: Source) -> Document:
    """Return the document of a file; raises Refused for a file of none or several."""
    if not source.text:
        raise Refused("it is empty, or cannot be read")
    found = documents(source, Chunk(0, source.text), keep=False)
    if len(found) != 1:
        raise Refused(f"it has {len(found)} YAML documents")
    return found[0]


def _refuse_stages(stages: Value) -> None:
    """Raise Refused if a pipeline has no stage for tests; what is no pipeline has no stages."""
    if stages.is_written and not any(one.text == _STAGE_OF_JOB for one in stages.items()):
        raise Refused(f"its stages have no `{_STAGE_OF_JOB}`")


def _in_folder(file: Path) -> list[Path]:
    """Return what is in the folder of a file."""
    try:
        return sorted(file.parent.iterdir())
    except OSError:
        return []
