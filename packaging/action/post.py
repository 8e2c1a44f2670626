"""Write to a pull request what k8slint found: a comment and a review, which later runs update.

`action.yml` calls it with the Python of the action. All it knows is in variables of the
environment; the token in TOKEN goes to the API and nowhere else. It exits 1 where a setting has
to be mended, and 0 where the pull request cannot be written to, as from a fork.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

_SECONDS = 30
_TRIES = 3
_PAUSE = 2.0
# Of comments or reviews on a pull request, a hundred each.
_MOST_PAGES = 50
_MOST_CHARACTERS = 65_536
_MARK = re.compile(r"<!-- k8slint:([0-9a-f]{64}) -->\n")


class Refused(Exception):
    """The API did not do what it was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"GitHub answered {status}: {message}")
        self.status = status


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Nothing is asked for elsewhere: urllib would take the token there."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Api:
    """The REST API of GitHub."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "User-Agent": "k8slint",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._opener = urllib.request.build_opener(_NoRedirect)

    def call(self, method: str, path: str, data: Any = None) -> Any:
        """Send a request, and again where the server has failed. Raises Refused."""
        body = None if data is None else json.dumps(data).encode()
        for again in range(_TRIES):
            try:
                return self._send(method, path, body)
            except Refused as reason:
                # What a request makes might be there although the answer is an error.
                if reason.status < 500 or method == "POST" or again == _TRIES - 1:
                    raise
            time.sleep(_PAUSE * (again + 1))
        raise AssertionError

    def _send(self, method: str, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is the runner's
            f"{self._url}{path}", body, self._headers, method=method
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, _message(error.read(10_000))) from None
        except (OSError, ValueError) as error:
            raise Refused(599, str(getattr(error, "reason", error))) from None

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the items of a list."""
        for page in range(1, _MOST_PAGES + 1):
            items = self.call("GET", f"{path}?per_page=100&page={page}")
            yield from items
            if len(items) < 100:
                return


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, TypeError, KeyError):
        return "no reason is given"


class Poster:
    """Writes to one pull request, and finds there what earlier runs of the same job wrote.

    Jobs of a matrix differ in its values.
    """

    def __init__(self, api: Api, repository: str, number: int, key: str, login: str = "") -> None:
        """`login` is whose token it is, where that is known: GitHub does not tell a job."""
        self._api = api
        self._issue = f"/repos/{repository}/issues"
        self._number = number
        self._pull = f"/repos/{repository}/pulls/{number}"
        self._head = f"<!-- k8slint {sha256(key.encode()).hexdigest()} -->\n"
        self._login = login or self._own_login()

    def _own_login(self) -> str:
        """Return whose token it is; empty for that of an app, which cannot ask."""
        try:
            return str(self._api.call("GET", "/user")["login"])
        except Refused as reason:
            if reason.status in (401, 403, 404):
                return ""
            raise

    def _is_ours(self, item: Mapping[str, Any]) -> bool:
        """Whether we wrote something: anybody can write our marks."""
        user = item["user"] or {}
        if self._login:
            return bool(user.get("login") == self._login)
        return bool(user.get("type") == "Bot")

    def _earlier(self, path: str) -> dict[str, Any] | None:
        for item in self._api.all(path):
            if _body(item).startswith(self._head) and self._is_ours(item):
                return item
        return None

    def _marked(self, text: str) -> str:
        return _fitting(f"{self._head}{text}")

    def put_comment(self, text: str, *, is_needed: bool) -> str:
        """Write the comment if it is needed, or update it; return what was done."""
        body = self._marked(text)
        earlier = self._earlier(f"{self._issue}/{self._number}/comments")
        if earlier is None:
            if not is_needed:
                return "nothing was found: no comment"
            self._api.call("POST", f"{self._issue}/{self._number}/comments", {"body": body})
            return "wrote a comment"
        if _body(earlier).rstrip() == body.rstrip():
            return "the comment is up to date"
        self._api.call("PATCH", f"{self._issue}/comments/{earlier['id']}", {"body": body})
        return "updated the comment"

    def put_review(
        self, review: Mapping[str, Any], text: str, head: str, *, is_needed: bool
    ) -> Iterator[str]:
        """Write a review if it is needed, or what is new since one; yield what was done.

        `text` has all findings. It takes the place of the comments where GitHub cannot have
        them, because the checked commit is not `head`, or because its diff has other lines.
        """
        earlier = self._earlier(f"{self._pull}/reviews")
        if not earlier and not is_needed:
            yield "nothing was found: no review"
            return
        comments, body = review["comments"], review["body"]
        if review.get("commit_id", head) != head:
            comments, body = [], text
            yield (
                "no comments beside lines: what was checked is not the last commit of the pull "
                "request; check that out with `ref: ${{ github.event.pull_request.head.sha }}`"
            )
        known = self._known() if comments else set()
        comments = [one for one in comments if not known.issuperset(_marks(one["body"]))]
        if comments:
            said = f"comments on {len(comments)} place{'' if len(comments) == 1 else 's'}"
            first = f"k8slint {said}." if earlier else self._marked(body)
            try:
                self._write(head, first, comments)
                yield said
                if not earlier:
                    return
            except Refused as reason:
                if reason.status != 422:
                    raise
                body = text
                yield f"no comments beside lines: {reason}"
        if not earlier:
            self._write(head, self._marked(body), [])
            yield "wrote a review"
        elif _body(earlier).rstrip() != self._marked(body).rstrip():
            path = f"{self._pull}/reviews/{earlier['id']}"
            self._api.call("PUT", path, {"body": self._marked(body)})
            yield "updated the review"

    def _write(self, head: str, body: str, comments: list[Any]) -> None:
        review = {"commit_id": head, "event": "COMMENT", "body": body, "comments": comments}
        self._api.call("POST", f"{self._pull}/reviews", review)

    def _known(self) -> set[str]:
        found = self._api.all(f"{self._pull}/comments")
        return {mark for one in found if self._is_ours(one) for mark in _marks(_body(one))}


def _body(item: Mapping[str, Any]) -> str:
    return str(item["body"] or "").replace("\r\n", "\n")


def _marks(text: str) -> set[str]:
    """Return the fingerprints that a comment of ours begins with."""
    found = set()
    at = 0
    while match := _MARK.match(text, at):
        found.add(match[1])
        at = match.end()
    return found


def _fitting(text: str) -> str:
    """Return whole lines of a text, as many as a comment can have."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    end = "\n\nThe rest is left out for lack of room.\n"
    return text[: text.rfind("\n", 0, _MOST_CHARACTERS - len(end))] + end


class Run(NamedTuple):
    """What is to be written, and where."""

    comments: bool
    reviews: bool
    number: int
    head: str
    reports: Path


def read_run(env: Mapping[str, str]) -> Run | str:
    """Return what is to be written; or why nothing is, in words."""
    event: Any = json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    pull = event.get("pull_request")
    if not isinstance(pull, dict):
        return "no comment: this run is not about a pull request"
    reports = Path(env["REPORTS"])
    if not (reports / "report.json").is_file():
        return "no comment: k8slint has written no report"
    wanted = (env["COMMENT"] == "true", env["REVIEW"] == "true")
    return Run(*wanted, int(pull["number"]), str(pull["head"]["sha"]), reports)


def post(run: Run, env: Mapping[str, str]) -> Iterator[str]:
    """Write what was asked for; yield what was done, in words. Raises Refused."""
    key = "\0".join(env[name] for name in ("GITHUB_WORKFLOW", "GITHUB_JOB", "PLACE", "MATRIX"))
    api = Api(env["GITHUB_API_URL"], env["TOKEN"])
    poster = Poster(api, env["GITHUB_REPOSITORY"], run.number, key, env["LOGIN"])
    text = (run.reports / "report.md").read_text(encoding="utf-8")
    summary = json.loads((run.reports / "report.json").read_bytes())["summary"]
    is_needed = bool(summary["findings"] or summary["problems"])
    if run.comments:
        yield poster.put_comment(text, is_needed=is_needed)
    if run.reviews:
        review = json.loads((run.reports / "review.json").read_bytes())
        yield from poster.put_review(review, text, run.head, is_needed=is_needed)


def main() -> int:
    """Write to the pull request; return the exit code."""
    env = os.environ
    run = read_run(env)
    if isinstance(run, str):
        return _say("notice", run)
    if not env["TOKEN"]:
        return _say("error", "no comment: the input `token` is empty") or 1
    try:
        for done in post(run, env):
            _say("notice", done)
    except Refused as reason:
        if reason.status == 403:
            return _say(
                "notice",
                f"no comment: the token may not write to the pull request, as in a run for a "
                f"fork, or without `pull-requests: write` ({reason})",
            )
        if reason.status == 429 or reason.status >= 500:
            return _say("warning", f"no comment: {reason}")
        return _say("error", f"no comment: {reason}") or 1
    return 0


def _say(level: str, text: str) -> int:
    """Print an annotation: one line, whatever is in the text; return 0."""
    line = "".join(char if char.isprintable() else " " for char in text)[:1_000]
    sys.stdout.write(f"::{level} title=k8slint::{line.replace('%', '%25')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
