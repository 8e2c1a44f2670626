"""The steps of the action that write to a pull request, against an API like GitHub's."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.command import environment, make
from tests.lint.test_touched import commit, git
from tests.manifests import CLEAN, ERROR, WARNING
from tests.places import ROOT
from tests.project.test_ci import step_of_action

Need = Callable[[str], str]
TOKEN = "ghs_never-to-be-printed"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
PERSON = {"login": "mallory", "type": "User"}
ANOTHER_BOT = {"login": "echo[bot]", "type": "Bot"}
OTHERS: list[dict[str, Any]] = [
    {"id": 1, "user": PERSON, "body": "nice"},
    {"id": 2, "user": None, "body": None},
]


@dataclass
class GitHub:
    """One pull request, number 7 of o/r; `fails` are answers by what was asked."""

    comments: list[dict[str, Any]] = field(default_factory=lambda: [*OTHERS])
    reviews: list[dict[str, Any]] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)
    fails: dict[str, tuple[int, str]] = field(default_factory=dict)
    login: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def written(self) -> list[str]:
        """What was changed, in order."""
        return [one for one in self.asked if not one.startswith("GET")]

    def answer(self, method: str, address: str, data: Any) -> tuple[int, Any]:
        split = urlsplit(address)
        path = split.path.removeprefix("/repos/o/r/")
        self.asked.append(f"{method} {path}")
        if fails := self.fails.get(f"{method} {path}"):
            return fails[0], {"message": fails[1]}
        user = {"login": self.login, "type": "User"} if self.login else BOT
        match method, path.split("/"):
            case "GET", ["", "user"]:
                return (200, user) if self.login else (403, {"message": "Resource not accessible"})
            case "GET", ["issues", "7", "comments"]:
                return 200, page(self.comments, split.query)
            case "GET", ["pulls", "7", "comments"]:
                return 200, page(self.beside, split.query)
            case "GET", ["pulls", "7", "reviews"]:
                return 200, page(self.reviews, split.query)
            case "POST", ["issues", "7", "comments"]:
                assert len(data["body"]) <= 65_536
                made = {**data, "id": 100 + len(self.comments), "user": user}
                self.comments.append(made)
                return 201, made
            case "PATCH", ["issues", "comments", number]:
                (one,) = [one for one in self.comments if one["id"] == int(number)]
                assert one["user"] == user
                one.update(data)
                return 200, one
            case "POST", ["pulls", "7", "reviews"]:
                assert data["event"] == "COMMENT"
                assert data["body"]
                made = {"body": data["body"], "id": 200 + len(self.reviews), "user": user}
                self.reviews.append(made)
                self.beside += [{**one, "user": user} for one in data["comments"]]
                return 200, made
            case "PUT", ["pulls", "7", "reviews", number]:
                (one,) = [one for one in self.reviews if one["id"] == int(number)]
                one.update(data)
                return 200, one
        return 404, {"message": "Not Found"}


def page(items: list[Any], query: str) -> list[Any]:
    asked = {name: int(value) for name, (value,) in parse_qs(query).items()}
    end = asked["per_page"] * asked["page"]
    return items[end - asked["per_page"] : end]


@pytest.fixture
def github() -> Iterator[GitHub]:
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            data = json.loads(self.rfile.read(length)) if length else None
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                code, found = 401, {"message": "Bad credentials"}
            else:
                code, found = state.answer(self.command, self.path, data)
            body = json.dumps(found).encode()
            self.send_response(code)
            if code == 302:
                self.send_header("Location", found["message"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815 - as the class wants them

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@dataclass
class Job:
    """A job of a workflow for a pull request: the two steps, one after the other."""

    folder: Path
    github: GitHub
    bash: str
    inputs: dict[str, str]
    said: str = ""

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def sha(self, name: str) -> str:
        command = ["git", "rev-parse", "--verify", name]
        done = subprocess.run(command, cwd=self.work, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def run(self, **event: Any) -> int:
        """Check, and write; the exit code of the latter."""
        head = {"base": {"sha": self.sha("base")}, "head": {"sha": self.sha("HEAD")}}
        given = event or {"pull_request": {"number": 7, "title": "$(touch pwned)", **head}}
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        make(
            self.folder,
            {
                "event.json": json.dumps(given),
                "k8slint": f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m k8slint "$@"\n',
            },
        )
        (self.folder / "k8slint").chmod(0o755)
        base = given.get("pull_request", {}).get("base", {}).get("sha", "")
        self.step("Check the manifests", K8SLINT=str(self.folder / "k8slint"), BASE=base)
        outputs = dict(
            line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines()
        )
        step = "Write to the pull request"
        code = self.step(step, PYTHON=sys.executable, REPORTS=outputs["reports"], PLACE=".")
        assert TOKEN not in self.said
        assert not list(self.folder.rglob("pwned"))
        return code

    def step(self, name: str, **given: str) -> int:
        step = step_of_action(name)
        said = {"PATHS": ".", "ARGS": "", "SARIF_FILE": "", "COMMENT": "false", "REVIEW": "false"}
        said |= {"TOKEN": TOKEN, "LOGIN": "", "MATRIX": "null", **self.inputs, **given}
        runner = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_JOB": "k8slint",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_WORKFLOW": "shutdown",
            "RUNNER_TEMP": str(self.folder),
        }
        env = environment(**{name: said[name] for name in step["env"]}, **runner)
        (self.folder / "step.sh").write_text(step["run"], encoding="utf-8")
        command = [self.bash, "--noprofile", "--norc", "-eo", "pipefail"]
        done = subprocess.run(
            [*command, str(self.folder / "step.sh")],
            cwd=self.work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode


@pytest.fixture
def job(tmp_path: Path, github: GitHub, need: Need) -> Job:
    need("git")
    made = Job(tmp_path, github, need("bash"), {"COMMENT": "true", "REVIEW": "true"})
    commit(made.work, {"old.yaml": ERROR})
    git(made.work, "tag", "base")
    commit(made.work, {"new.yaml": CLEAN})
    return made


def test_a_clean_change_is_not_commented_on(job: Job) -> None:
    assert job.run() == 0
    assert job.github.written == []
    assert "nothing was found: no comment" in job.said
    assert "nothing was found: no review" in job.said


def test_a_second_run_updates_what_the_first_wrote(job: Job) -> None:
    commit(job.work, {"new.yaml": ERROR})
    assert job.run() == 0
    (comment,) = job.github.comments[len(OTHERS) :]
    assert "GS001" in comment["body"]
    (review,) = job.github.reviews
    assert review["body"].startswith("<!-- k8slint ")
    assert [(one["path"], one["line"]) for one in job.github.beside] == [("new.yaml", 12)]
    assert "```suggestion\n" in job.github.beside[0]["body"]

    job.github.asked.clear()
    assert job.run() == 0
    assert job.github.written == [], "nothing has changed"

    commit(job.work, {"more.yaml": WARNING})
    assert job.run() == 0
    assert job.github.written == [
        "PATCH issues/comments/102",
        "POST pulls/7/reviews",
        "PUT pulls/7/reviews/200",
    ]
    assert [one["path"] for one in job.github.beside] == ["new.yaml", "more.yaml"]
    assert "GS106" in job.github.comments[-1]["body"]

    commit(job.work, {"new.yaml": CLEAN, "more.yaml": CLEAN})
    assert job.run() == 0
    assert len(job.github.beside) == 2
    assert "No findings" in job.github.comments[-1]["body"]
    assert "No findings" in job.github.reviews[0]["body"]


def test_only_what_is_asked_for_is_written(job: Job) -> None:
    commit(job.work, {"new.yaml": ERROR})
    job.inputs = {"COMMENT": "true"}
    assert job.run() == 0
    assert job.github.written == ["POST issues/7/comments"]
    body = job.github.comments[-1]["body"]
    assert "old.yaml" in body, "all that is checked"
    job.inputs = {"REVIEW": "true"}
    job.github.asked.clear()
    assert job.run() == 0
    assert job.github.written == ["POST pulls/7/reviews"]


def test_another_job_has_a_comment_of_its_own(job: Job) -> None:
    commit(job.work, {"new.yaml": ERROR})
    assert job.run() == 0
    head, _, _ = job.github.comments[-1]["body"].partition("\n")
    job.github.comments[-1]["body"] = head.replace(head[20:24], "0000")
    job.github.asked.clear()
    assert job.run() == 0
    assert job.github.written == ["POST issues/7/comments"]


def test_each_job_of_a_matrix_has_a_comment_of_its_own(job: Job) -> None:
    commit(job.work, {"new.yaml": ERROR})
    job.inputs = {"COMMENT": "true"}
    for part in (1, 2, 1):
        assert job.run() == 0
        job.inputs["MATRIX"] = json.dumps({"part": part})
    assert job.github.written == ["POST issues/7/comments"] * 3


# Whose token it is, by its API and by the step, and who copies our marks.
STRANGERS = {
    "a person, for an app": ("", "", PERSON),
    "a person, for an account": ("bot-of-ours", "", PERSON),
    "another bot, for a job": ("", BOT["login"], ANOTHER_BOT),
    "another bot, for an account": ("bot-of-ours", "", ANOTHER_BOT),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_nobody_else_can_have_a_comment_updated(job: Job, name: str) -> None:
    """A stranger copies our marks: the comment is theirs, and hides nothing."""
    login, known, stranger = STRANGERS[name]
    job.github.login = login
    job.inputs["LOGIN"] = known
    commit(job.work, {"new.yaml": ERROR})
    assert job.run() == 0
    ours = job.github
    theirs = GitHub(
        [{**one, "user": stranger} for one in ours.comments],
        [{**one, "user": stranger} for one in ours.reviews],
        [{**one, "user": stranger} for one in ours.beside],
        login=login,
    )
    vars(ours).update({**vars(theirs), "url": ours.url})
    assert job.run() == 0
    assert ours.written == ["POST issues/7/comments", "POST pulls/7/reviews"]
    assert len(ours.beside) == 2


def test_our_comment_is_found_among_many(job: Job) -> None:
    commit(job.work, {"new.yaml": ERROR})
    job.github.comments = [{"id": n, "user": BOT, "body": "hello"} for n in range(250)]
    assert job.run() == 0
    job.github.asked.clear()
    commit(job.work, {"more.yaml": ERROR})
    job.inputs = {"COMMENT": "true"}
    assert job.run() == 0
    assert job.github.written == ["PATCH issues/comments/350"]


# What the API answers to a request; the exit code and what is said.
ANSWERS: dict[str, tuple[str, tuple[int, str], int, str]] = {
    "a token that may only read": (
        "POST issues/7/comments",
        (403, "Resource not accessible by integration"),
        0,
        "::notice title=k8slint::no comment: the token may not write to the pull request, as in",
    ),
    "a pull request that the token cannot see": (
        "GET issues/7/comments",
        (404, "Not Found"),
        1,
        "::error title=k8slint::no comment: GitHub answered 404: Not Found",
    ),
    "a server that is down": (
        "POST issues/7/comments",
        (502, "Bad\n::error::%0AGateway"),
        0,
        "::warning title=k8slint::no comment: GitHub answered 502: Bad ::error::%250AGateway",
    ),
    "too many requests": (
        "POST issues/7/comments",
        (429, "slow down"),
        0,
        "::warning title=k8slint::no comment: GitHub answered 429: slow down",
    ),
    "another address": (
        "GET issues/7/comments",
        (302, "http://127.0.0.1:9/elsewhere"),
        1,
        "::error title=k8slint::no comment: GitHub answered 302",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_cannot_be_written_is_said(job: Job, name: str) -> None:
    asked, answer, code, said = ANSWERS[name]
    job.inputs = {"COMMENT": "true"}
    job.github.fails[asked] = answer
    commit(job.work, {"new.yaml": ERROR})
    assert job.run() == code
    assert said in job.said
    assert len(job.said.splitlines()) == 1
    assert job.github.comments == OTHERS


def test_a_wrong_token_is_an_error(job: Job) -> None:
    commit(job.work, {"new.yaml": ERROR})
    job.inputs |= {"TOKEN": "ghs_wrong"}
    assert job.run() == 1
    assert "GitHub answered 401: Bad credentials" in job.said
    assert "ghs_wrong" not in job.said
    job.inputs |= {"TOKEN": ""}
    assert job.run() == 1
    assert "the input `token` is empty" in job.said


def test_a_push_is_not_commented_on(job: Job) -> None:
    assert job.run(ref="refs/heads/main") == 0
    assert job.github.asked == []
    assert "this run is not about a pull request" in job.said


def test_lines_that_github_does_not_know_are_in_the_text(job: Job) -> None:
    """Its diff may be cut, or a push may have come in between."""
    commit(job.work, {"new.yaml": ERROR})
    refuse = GitHub.answer

    def answer(method: str, address: str, data: Any) -> tuple[int, Any]:
        if method == "POST" and data.get("comments"):
            return 422, {"message": "Line could not be resolved"}
        return refuse(job.github, method, address, data)

    vars(job.github)["answer"] = answer
    job.inputs = {"REVIEW": "true"}
    for _ in range(2):
        assert job.run() == 0
        assert "Line could not be resolved" in job.said
    (review,) = job.github.reviews
    assert "| new.yaml:12 |" in review["body"]


def test_another_commit_gets_no_comments_beside_lines(job: Job) -> None:
    """What actions/checkout checks out by default is a merge with the base."""
    commit(job.work, {"new.yaml": ERROR})
    job.inputs = {"REVIEW": "true"}
    pull = {"number": 7, "base": {"sha": job.sha("base")}, "head": {"sha": "0" * 40}}
    assert job.run(pull_request=pull) == 0
    assert "check that out with `ref: ${{ github.event.pull_request.head.sha }}`" in job.said
    assert job.github.beside == []
    assert "| new.yaml:12 |" in job.github.reviews[0]["body"]


def test_a_report_that_is_missing_is_said(job: Job) -> None:
    job.inputs |= {"ARGS": "--no-such-option"}
    assert job.run() == 0
    assert "k8slint has written no report" in job.said
    assert job.github.asked == []


def test_steps_get_words_of_strangers_as_variables_only() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    expressions = {*re.findall(r"\$\{\{ *(.*?) *\}\}", text)}
    assert {one for one in expressions if one.startswith("github.")} == {
        "github.token",
        "github.event.pull_request.base.sha",
    }


def test_the_step_knows_whose_the_token_of_a_job_is() -> None:
    step = step_of_action("Write to the pull request")
    wanted = f"inputs.token == github.token && '{BOT['login']}' || ''"
    assert step["env"]["LOGIN"] == f"${{{{ {wanted} }}}}"
