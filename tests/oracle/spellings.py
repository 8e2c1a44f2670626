"""How people, templates and fuzzers write the values and keys of shutdown settings."""

from __future__ import annotations

from random import Random

from tests.oracle.drafts import GRACE

# The texts between the spaces are values of an integer field, as YAML.
NUMBERS = tuple(
    """
    0 1 2 5 29 30 31 45 60 61 300 3600 86400 2147483647 2147483648 9223372036854775807
    9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551616
    -0 -1 -5 -30 +0 +5 +45 "45" '45' "" "0" "-1" "4.5e1" "0x2d" "forty-five" 045 0045 008 09 00 000
    0o55 0O55 0o8 0o 0x2D 0X2d 0x 0xg 0b101 0B101 0b2 -0x2D +0x2D -055 +055 1_000 1__0 _1 1_ 0x_2D
    45. .5 4.5 45.0 45.00 -45.0 45.5 0.0 -0.0 4.5e1 45e0 450e-1 1e2 1E2 1e+2 1e-2 1e18 1e19 9.3e18
    1e400 -1e400 1e 1e+ e5 .e1 +.5e1 1:30 1:30:00 -1:30 12:60 30s 45sec 1m30s 500ms 1h PT45S
    "45s"
    .inf +.inf -.inf .Inf .nan .NaN inf NaN infinity yes no on off Yes NO y n true True TRUE false
    null Null NULL ~ [] {} [45] [45,] {seconds:45} !!int !!null !!str !custom !!set {}
    2026-01-01 2026-01-01T00:00:00Z 12e03 015e1 1.0000000000000000001 44.99999999999999999999
    9007199254740993 9007199254740993.0 1,000 1'000 45% $45 45; 45/1 45+0
    \uff14\uff15 \u096a\u096b \u221e = << .. ...
    """.split()  # noqa: SIM905
)
# These have spaces, or need them.
TEXTS = (
    *("", "45 # seconds", "45 #", "45 seconds", "4 5", "- 45", "? 45", ": 45", "45 45", "{a: 1}"),
    *("|-\n45", ">-\n45", "|\n45", '"4\\\n5"', '"\\x34\\x35"', '" 45"', '"45 "', "&n 45", "*n"),
    *("!!int 45", '!!int "45"', "!!int '055'", "!!int 4.5", "!!int x", "!!str 45", "!!float 45"),
    *("!!float 45.0", '!!float "45"', "!!bool true", "!!null 45", "!!binary NDU=", "!!map {}"),
    *(
        "! 45",
        "!n 45",
        "!!timestamp 2026-01-01",
        "[45",
        "{a: ",
        '"45',
        "'45",
        "@45",
        "`45`",
        "%45",
    ),
)
# What tools replace before a server sees it: silent by design, and counted apart.
PLACEHOLDERS = ("${GRACE}", "$(GRACE)", "<no value>", "$GRACE", "${GRACE:-30}", "__GRACE__")

# Other names for a key, beyond slips of the pen. A second word is where the key was meant.
NAMES = {
    GRACE: """terminationGracePeriod terminationGraceSeconds terminationGracePeriodSec
        gracePeriodSeconds gracePeriod terminationPeriodSeconds terminationGracePeriodInSeconds
        terminationGracePeriodMinutes gracefulTerminationPeriodSeconds terminationTimeoutSeconds
        termination_grace_period_seconds termination-grace-period-seconds terminationGracePeriods
        TerminationGracePeriodSeconds terminationgraceperiodseconds""",
    "lifecycle": "lifeCycle Lifecycle LIFECYCLE lifecycles life_cycle life-cycle lifecycleHooks",
    "preStop": "prestop PreStop PRESTOP pre_stop pre-stop preStopHook preStopp perStop onStop",
    "postStart": "poststart PostStart post_start post-start postStartHook preStart onStart start",
    "stopSignal": "stopsignal StopSignal stop_signal stop-signal STOPSIGNAL signal stopSignals",
    "exec": "Exec EXEC execute command shell run script execAction",
    "sleep": "Sleep SLEEP wait delay sleepSeconds sleepAction pause",
    "httpGet": "httpget HttpGet HTTPGet http http_get httpPost http-get",
    "command": "Command commands cmd args argv comand",
    "seconds": "Seconds second sec secs duration delaySeconds timeoutSeconds",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def number(random: Random) -> str:
    """Return a number in a random notation, some of which YAML or Kubernetes do not know."""
    size = random.choice((5, 40, 100, 1000, 10**6, 10**12))
    value = random.randrange(size)
    digits = random.choice(
        (
            *(str(value), f"{value}.0", f"{value}.{random.randrange(1, 9)}", f"{value:,}"),
            *(f"0{value}", f"0x{value:x}", f"0o{value:o}", f"0b{value:b}", f"0{value:o}"),
            *(f"{value}e{random.randrange(4)}", f"{value / 10}e1", f"{value}0e-1", f"{value:_}"),
            *(f"{value // 60}:{value % 60:02}", f"{value}{random.choice('smhd')}", f"{value} "),
        )
    )
    signed = random.choice(("", "", "", "-", "+")) + digits
    # Quotes are common, and a tag is rare.
    shapes = (*("{}",) * 12, *('"{}"', "'{}'") * 3, "!!int {}")
    return random.choice(shapes).format(signed)


def slip(word: str, random: Random) -> str:
    """Return a word with one slip of the pen, or in another case."""
    at = random.randrange(1, len(word))
    letter = random.choice(LETTERS)
    return random.choice(
        (
            *(
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[: at - 1] + word[at:],
            ),
            *(word[:at] + letter + word[at + 1 :], word[:at] + word[at - 1] + word[at:]),
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            *(word[:at] + word[at].swapcase() + word[at + 1 :], f"{word}s", f"{word}_"),
            *(word.upper(), word.lower(), word[0].upper() + word[1:]),
        )
    )
