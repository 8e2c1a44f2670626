"""The words that a glance finds in a script: no spelling of a program's name escapes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from k8slint.shutdown.shell.ending import read_script
from k8slint.shutdown.words import words_in, words_in_script

# Of these a quoted word may hold any, and of a program's name they are no part.
SIGNS = {*"|&;()<>`\"'\\$*[{ \n\t"}
PARTS = (
    *("gun", "icorn", "web", "-b", "a,b", "/opt/", "exec ", "env ", "X=1 ", "--at=/c,d", "@"),
    *(
        "'",
        '"',
        "''",
        '""',
        "g\\un",
        " \\\n",
        " ",
        "\n",
        ";",
        "&&",
        "|",
        "&",
        "(",
        ")",
        "{ ",
        "; }",
    ),
    *(" $x ", " ${y} ", "$(", "`", " * ", "[ ", " ]", "< f ", "> f ", "# "),
)


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=12).map("".join))
def test_what_a_script_runs_is_among_its_words(script: str) -> None:
    read = read_script(script)
    words = words_in(script) | words_in_script(script)
    for word in (*read.commands, *(read.ending.words if read.ending else ())):
        if SIGNS.isdisjoint(word):
            assert words_in(word) <= words, word


def test_words_are_found_however_they_are_spelt() -> None:
    spelt = (
        "gunicorn",
        "'gunicorn'",
        'gun"icorn"',
        "g\\unicorn",
        "guni\\\ncorn",
        "/bin/gunicorn;",
    )
    assert all("gunicorn" in words_in_script(f"cd /app&&{one} app") for one in spelt)
