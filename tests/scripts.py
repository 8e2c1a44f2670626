"""Random shell scripts, made from the shell's grammar and not from what the reader knows."""

from __future__ import annotations

import random


class Maker:
    """Makes scripts; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.left = 0
        self.functions: list[str] = []

    def script(self) -> str:
        self.left = self.random.choice([2, 4, 6, 9, 14])
        self.functions = []
        head = self.some(0.2, "set -e\n", "set -u\n", "set -eu; ", "trap 'echo bye' EXIT\n",
                         "trap 'sleep 2' EXIT; ", "trap : TERM; ", "trap 'exit 3' TERM\n",
                         "trap '' TERM; ", "trap 'sleep 1; exit' TERM INT; ")  # fmt: skip
        return head + self.block(0)

    def some(self, chance: float, *texts: str) -> str:
        return self.pick(*texts) if self.random.random() < chance else ""

    def pick(self, *texts: str) -> str:
        return self.random.choice(texts)

    def number(self) -> str:
        return str(self.random.randint(1, 6))

    def block(self, depth: int) -> str:
        parts = [self.statement(depth)]
        while self.left > 0 and self.random.random() < 0.6:
            parts.append(self.statement(depth))
        text = ""
        for part in parts:
            text += part + (" " if part.endswith("&") else self.pick("; ", "\n", "; "))
            if "<<" in part and not part.endswith("\n"):
                text = text.rstrip("; \n") + "\n"
        return text

    def statement(self, depth: int) -> str:
        text = self.list(depth)
        if self.random.random() < 0.12 and "<<" not in text:
            return f"{text} &"
        return text

    def list(self, depth: int) -> str:
        text = self.pipeline(depth)
        while self.random.random() < 0.3 and "<<" not in text:
            text += self.pick(" && ", " || ", "&&", " ||\n") + self.pipeline(depth)
        return text

    def pipeline(self, depth: int) -> str:
        parts = [self.command(depth)]
        more = self.random.choice([0, 0, 0, 0, 0, 1, 1, 2, 3])
        for _ in range(more):
            if "<<" not in parts[-1]:
                parts.append(self.command(depth))
        return self.some(0.08, "! ") + self.pick(" | ", " |\n", "|").join(parts)

    def command(self, depth: int) -> str:
        self.left -= 1
        if depth > 3 or self.left <= 0 or self.random.random() < 0.55:
            return self.simple()
        text = self.random.choice(
            [self.if_, self.while_, self.for_, self.case, self.group, self.subshell, self.function,
             self.group, self.subshell]
        )(depth + 1)  # fmt: skip
        return text + self.some(0.15, " >/dev/null", " 2>&1", " </dev/null", " >/dev/null 2>&1")

    def if_(self, depth: int) -> str:
        text = f"if {self.condition(depth)}; then {self.block(depth)} "
        if self.random.random() < 0.3:
            text += f"elif {self.condition(depth)}; then {self.block(depth)} "
        if self.random.random() < 0.4:
            text += f"else {self.block(depth)} "
        return text + "fi"

    def while_(self, depth: int) -> str:
        name = self.pick("i", "j", "k")
        limit = self.number()
        step = self.pick(f"{name}=$(({name}+1))", f"{name}=$(( ${name} + 1 ))",
                         f"{name}=`expr ${name} + 1`", f": $(({name}+=1))")  # fmt: skip
        test = self.pick(f"while [ ${name} -lt {limit} ]", f"until [ ${name} -ge {limit} ]",
                         f"while test ${name} -ne {limit}", f"until [ ${name} = {limit} ]",
                         f"while killall -0 app && [ ${name} -lt {limit} ]",
                         "while killall -0 app",
                         f"while [ ${name} -lt {limit} ] && true")  # fmt: skip
        body = self.block(depth)
        place = f"{step}; {body}" if self.random.random() < 0.7 else f"{body}{step}; "
        return f"{name}=0; {test}; do {place}{self.leave()}done"

    def leave(self) -> str:
        how = self.pick("break", "continue", "break 2", "exit", "return")
        return self.some(0.25, f"[ $i = 2 ] && {how}; ", f"{how}; ", f"false || {how}; ",
                         "killall -0 app || break; ")  # fmt: skip

    def for_(self, depth: int) -> str:
        words = self.pick("1 2 3", "a", "$(seq 3)", '"$@"', "$D 1", "`echo 2 1`", "", "$LIST")
        return f"for x in {words}; do {self.block(depth)}{self.leave()}done"

    def case(self, depth: int) -> str:
        subject = self.pick("$D", '"$A"', "$1", "$(echo b)", "abc", '"$HOME"')
        first, second = self.pick("5", "a*", "[0-9]", "b|c", '""'), self.pick("*", "?", "6")
        text = f"case {subject} in {first}) {self.block(depth)};; "
        text += f"{second}) {self.block(depth)};; esac"
        return text.replace("; ;;", ";;").replace("\n;;", ";;")

    def group(self, depth: int) -> str:
        return f"{{ {self.block(depth)} }}".replace("\n }", "\n}")

    def subshell(self, depth: int) -> str:
        return f"({self.block(depth)})"

    def function(self, depth: int) -> str:
        name = self.pick("f", "g", "stop_it")
        body = self.some(0.3, "local A=3; ", 'local t="$1"; ') + self.block(depth)
        ends = self.some(0.3, "return; ", "return 1; ", "shift; ")
        calls = "; ".join(f"{name} {self.number()}" for _ in range(self.random.randint(1, 2)))
        return f"{name}() {{ {body}{ends} }}; {calls}".replace("\n }", "\n}")

    def condition(self, depth: int) -> str:
        if self.random.random() < 0.2:
            return self.pipeline(depth)
        return self.pick("true", "false", '[ -n "$A" ]', "[ $D -gt 3 ]", "killall -0 app",
                         "! false", "[ -f /no/such ]", "test -d /", "nginx -s quit",
                         '[ "$1" = 2 ]', "grep -q x /no/such", "[ $# -gt 1 ]")  # fmt: skip

    def duration(self) -> str:
        return self.pick(*"12345", "$D", '"$A"', "${A:-2}", "$((1+1))", "${NONE:-3}", "0.5", "1m",
                         "$(echo 2)", "$1", '"$1"', "$x", "${EMPTY:-4}", "2s", "$?", "$((D-2))",
                         "$T", "''", "1 2", "`echo 1`", "${UNSET}", "$#")  # fmt: skip

    def simple(self) -> str:
        text = self.random.choice(
            [lambda: f"sleep {self.duration()}", lambda: f"sleep {self.number()}",
             lambda: f"sleep {self.number()}", self.assignment, self.small, self.program,
             self.odd]
        )()  # fmt: skip
        if "<<" in text:
            return text
        return text + self.some(0.1, " >/dev/null", " 2>/dev/null", " >/dev/null 2>&1", " <&-",
                                " </no/such", " >/no/such/file", " >&2")  # fmt: skip

    def assignment(self) -> str:
        return self.pick("A=4", "A=$D", "A=$(sleep 1; echo 2)", "T=$((D+1))", "T=2 A=3", "EMPTY=",
                         "export A=6", "unset A", "readonly R=1", "set -- 3 4", "set -- $D",
                         "shift", "A=`echo 1`", "T=${A:-7}", ": ${T:=2}", "LIST='1 2'",
                         'A="$(nginx -s stop)"', "T=$(false)", "A=$1", "x=1")  # fmt: skip

    def small(self) -> str:
        return self.pick("true", "false", ":", "echo x", "echo 'sleep 9'", "cd /", "cd /no/such",
                         "wait", "wait $!", "exit", "exit 2", "return", "break", "set -e",
                         "set +e", "kill $!", "kill $$", "kill -0 $$", "trap - EXIT",
                         "read line", "test 1 = 2", "umask 077", "trap 'sleep 3' EXIT",
                         "trap 'nginx -s quit' TERM", "exec 3>&1", "set -u")  # fmt: skip

    def program(self) -> str:
        return self.pick("nginx -s quit", "pkill -TERM app", "nodetool drain", "killall app",
                         "curl -m 3 localhost", "no_such_tool", "timeout 2 sleep 4", "cat",
                         "timeout 5 sleep 1", "timeout 3 sh -c 'sleep 2; sleep 2'", "grep -q x",
                         "env A=1 sleep 2", "nice sleep 1", "sh -c 'sleep 1; exit 1'", "head -1",
                         "python3 -c 'import time; time.sleep(2)'", "usleep 1500000",
                         "timeout -k 1 2 sleep 3", "touch /dev/null", "seq 2",
                         "wget -T 2 -t 1 localhost")  # fmt: skip

    def odd(self) -> str:
        if self.functions and self.random.random() < 0.5:
            return self.pick(*self.functions)
        return self.pick("eval 'sleep 1'", 'eval "sleep $D"', "exec sleep 1", "command sleep 1",
                         "eval exit", "A=9 sh -c 'sleep $A'", "echo `sleep 1`", "\\sleep 1",
                         "cat <<E\n$(sleep 1)\nE\n", "cat <<'E'\n$(sleep 1)\nE\n", "'sleep' 2",
                         "X=1 eval 'sleep $X'", "sh -ec 'false; sleep 3'", "exec", 'sl"ee"p 1',
                         "sleep 1 # sleep 5\n", "$(echo sleep) 1", "sleep \\\n2", "env sleep $D",
                         "[ $D = 5 ] && sleep 1", "sh -c 'sleep 2 & sleep 1'")  # fmt: skip
