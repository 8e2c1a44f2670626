"""Words of values and of Secrets, which nothing that is told of a rendering may hold."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.lint.rendered.redact import Redaction, names, secrets
from k8slint.manifest.source import Source

SAID = "cannot log in with zq7x-hunter at db.zq9x.com"

# Words, and what is left of a text with them.
WORDS = {
    "whole": (["zq7x-hunter"], "cannot log in with *** at db.zq9x.com"),
    "longest first": (["zq7x", "zq7x-hunter"], "cannot log in with *** at db.zq9x.com"),
    "inside of another": (["zq7x"], "cannot log in with ***-hunter at db.zq9x.com"),
    "several": (["db.zq9x.com", "zq7x-hunter"], "cannot log in with *** at ***"),
    "three letters": (["zq7", "at", ""], SAID),
    "four letters": (["q7x-"], "cannot log in with z***hunter at db.zq9x.com"),
    "other letters": (["ZQ7X-HUNTER"], "cannot log in with *** at db.zq9x.com"),
    "a part of a text": (["--user zq7x-hunter"], "cannot log in with *** at db.zq9x.com"),
    "a part of an address": (
        ["https://a:zq7x-hunter@b"],
        "cannot log in with *** at db.zq9x.com",
    ),
    "with blanks around": ([" zq7x-hunter\n"], "cannot log in with *** at db.zq9x.com"),
}


@pytest.mark.parametrize("how", WORDS)
def test_what_is_left_of_a_text(how: str) -> None:
    words, left = WORDS[how]
    assert Redaction(words, ()).text(SAID) == left


def test_a_text_keeps_its_length_where_columns_count() -> None:
    hidden = Redaction(["zq7x-hunter"], ()).text(SAID, keeps_length=True)
    assert hidden == SAID.replace("zq7x-hunter", "*" * 11)


FORMS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "small letters": str.lower,
    "base64": lambda word: base64.b64encode(word.encode()).decode(),
    "base64 of a line": lambda word: base64.b64encode(f"{word}\n".encode()).decode(),
    "JSON": json.dumps,
    "a shell": shlex.quote,
    "an address": quote,
    "single quotes of YAML": lambda word: word.replace("'", "''"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "word", ["s3cr3tValue", "it's \"zq7x\\'s\" 100% own", "zwölf+qüx/7", "Pa$$w0rd!9"]
)
def test_a_word_is_hidden_in_other_forms(word: str, form: str) -> None:
    written = FORMS[form](word)
    left = Redaction([word], ()).text(f"[{written}]")
    assert written.strip("'\"") not in left
    assert word not in left


@given(st.text(st.characters(codec="utf-8"), min_size=4), st.text(), st.text())
def test_no_word_is_left(word: str, before: str, behind: str) -> None:
    word = f"{word}zq7x"  # A word that k8slint has no use for itself.
    left = Redaction([word], ()).text(f"{before}{word}{behind}")
    assert word.strip() not in left


# What is for all to read though it is a value.
SHOWN = {
    "seconds": "30",
    "a port": "8080",
    "a large number": "3600000",
    "a duration": "1h30m",
    "a word of k8slint": "terminationGracePeriodSeconds",
    "a command": "nginx -s quit",
    "an address of such words": "nginx:8080/drain;",
}


@pytest.mark.parametrize("what", SHOWN)
def test_what_is_shown_all_the_same(what: str) -> None:
    text = f"the hook runs `{SHOWN[what]}`"
    assert Redaction([SHOWN[what]], ()).text(text) == text


HIDDEN = {
    "a long number": "92746105",
    "a command with a word of its own": "nginx -s zq7xquit",
    "an address with a word of its own": "nginx:8080/zq7x",
}


@pytest.mark.parametrize("what", HIDDEN)
def test_what_only_looks_like_that_is_hidden(what: str) -> None:
    assert HIDDEN[what] not in Redaction([HIDDEN[what]], ()).text(f"it runs `{HIDDEN[what]}`")


def test_a_public_word_is_shown() -> None:
    assert Redaction(["zq7x-hunter"], ["metadata: {name: zq7x-hunter}"]).text(SAID) == SAID


RENDERED = """\
apiVersion: v1
kind: Secret
metadata: {name: login}
data: {one: enE3eC1vbmU=, two: "not base64!"}
stringData:
  three: zq7x-three
---
kind: Pod
metadata: {"name": "web", namespace: 'shop'}
spec:
  serviceAccountName: runner
  containers:
  - name: app
    image: "example.com/web:1"
    env: [{name: PASSWORD, value: zq7x-four}]
"""


def test_the_words_of_secrets() -> None:
    found = {*secrets(Source("", RENDERED))}
    assert found == {"enE3eC1vbmU=", "zq7x-one", "not base64!", "zq7x-three"}


def test_a_broken_document_hides_no_secret_beside_it() -> None:
    broken = "kind: Secret\ndata: [\n---\nkind: Secret\ndata: {one: pässword}\n---\n"
    assert {*secrets(Source("", broken + RENDERED))} >= {"pässword", "zq7x-three"}
    assert {*names(Source("", broken + RENDERED))} >= {"web", "runner"}


def test_the_names_of_what_is_rendered() -> None:
    found = {*names(Source("", RENDERED))}
    assert found == {
        *("v1", "Secret", "login", "Pod", "web", "shop", "runner", "app", "example.com/web:1"),
        "PASSWORD",
    }
