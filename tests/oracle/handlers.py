"""What people write in the place of a hook's handler, or of all hooks. Each line is a value."""

from __future__ import annotations

HANDLERS = """
{}
null
[]
true
7
drain
"sleep 5"
sleep 5
[{exec: {command: [/drain]}}]
{exec: }
{exec: {}}
{exec: []}
{exec: /drain}
{exec: sleep 5}
{exec: [sleep, "5"]}
{exec: {command: }}
{exec: {command: []}}
{exec: {command: /drain}}
{exec: {command: "sleep 5"}}
{exec: {command: ""}}
{exec: {command: {run: /drain}}}
{exec: {command: [/drain]}}
{exec: {command: [/drain, ]}}
{exec: {command: [/drain, ""]}}
{exec: {command: [/drain, null]}}
{exec: {command: [/drain, 8080]}}
{exec: {command: [/drain, 0.5]}}
{exec: {command: [/drain, 010]}}
{exec: {command: [/drain, true]}}
{exec: {command: [/drain, on]}}
{exec: {command: [/drain, 1:30]}}
{exec: {command: [/drain, 2026-01-01]}}
{exec: {command: [/drain, [now]]}}
{exec: {command: [/drain, {now: true}]}}
{exec: {command: [/drain, !!str 5]}}
{exec: {command: !!seq [/drain]}}
{exec: {command: [/drain}}
{exec: {commands: [/drain]}}
{exec: {args: [/drain]}}
{exec: {command: [/drain], args: [now]}}
{exec: {command: [/drain], timeoutSeconds: 5}}
{exec: {command: [/drain], command: [/other]}}
{exec: {command: [/drain]}, exec: {command: [/other]}}
{exec: {command: [/drain]}, timeoutSeconds: 5}
{exec: {command: [/drain]}, failureThreshold: 1}
{exec: {command: [/drain]}, name: drain}
{exec: {command: [/drain]}, sleep: {seconds: 5}}
{exec: {command: [/drain]}, sleep: {}}
{exec: {command: [/drain]}, sleep: null}
{exec: {command: [/drain]}, httpGet: {port: 80}}
{exec: {command: [/drain]}, httpGet: null}
{exec: {command: [/drain]}, tcpSocket: {port: 80}}
{exec: {command: [/drain]}, grpc: {port: 80}}
{exec: null, sleep: {seconds: 5}}
{exec: {}, sleep: {seconds: 5}}
{command: [/drain]}
{command: /drain}
{handler: {exec: {command: [/drain]}}}
{preStop: {exec: {command: [/drain]}}}
{<<: {exec: {command: [/drain]}}}
{<<: {sleep: {seconds: 50}}, sleep: {seconds: 5}}
{<<: [{sleep: {seconds: 5}}, {sleep: {seconds: 50}}]}
{"exec": {"command": ["/drain"]}}
{? exec : {command: [/drain]}}
{exec: &e {command: [/drain]}}
{exec: *e}
{sleep: }
{sleep: {}}
{sleep: []}
{sleep: 5}
{sleep: "5"}
{sleep: 5s}
{sleep: true}
{sleep: [5]}
{sleep: {seconds: }}
{sleep: {seconds: 5}}
{sleep: {seconds: 0}}
{sleep: {seconds: {value: 5}}}
{sleep: {second: 5}}
{sleep: {seconds: 5, minutes: 1}}
{sleep: {seconds: 5, seconds: 6}}
{sleep: {seconds: 5}, sleep: {seconds: 6}}
{sleep: {command: [/drain]}}
{seconds: 5}
{httpGet: }
{httpGet: {}}
{httpGet: []}
{httpGet: /drain}
{httpGet: 80}
{httpGet: {path: /drain}}
{httpGet: {port: 80}}
{httpGet: {port: 80, path: }}
{httpGet: {port: 80, path: ""}}
{httpGet: {port: 80, path: drain}}
{httpGet: {port: 80, path: 5}}
{httpGet: {port: 80, path: [/drain]}}
{httpGet: {port: 0}}
{httpGet: {port: 1}}
{httpGet: {port: -1}}
{httpGet: {port: 65535}}
{httpGet: {port: 65536}}
{httpGet: {port: 4294967376}}
{httpGet: {port: }}
{httpGet: {port: ""}}
{httpGet: {port: "80"}}
{httpGet: {port: "0"}}
{httpGet: {port: "70000"}}
{httpGet: {port: 80.0}}
{httpGet: {port: 80.5}}
{httpGet: {port: 8e1}}
{httpGet: {port: 0x50}}
{httpGet: {port: 0120}}
{httpGet: {port: true}}
{httpGet: {port: [80]}}
{httpGet: {port: {number: 80}}}
{httpGet: {port: HTTP}}
{httpGet: {port: a_b}}
{httpGet: {port: a--b}}
{httpGet: {port: -a}}
{httpGet: {port: a-}}
{httpGet: {port: longer-than-fifteen}}
{httpGet: {port: 80, scheme: HTTP}}
{httpGet: {port: 80, scheme: HTTPS}}
{httpGet: {port: 80, scheme: http}}
{httpGet: {port: 80, scheme: https}}
{httpGet: {port: 80, scheme: Https}}
{httpGet: {port: 80, scheme: WSS}}
{httpGet: {port: 80, scheme: ""}}
{httpGet: {port: 80, scheme: }}
{httpGet: {port: 80, scheme: 5}}
{httpGet: {port: 80, host: localhost}}
{httpGet: {port: 80, host: 5}}
{httpGet: {port: 80, hostname: localhost}}
{httpGet: {port: 80, method: POST}}
{httpGet: {port: 80, timeoutSeconds: 5}}
{httpGet: {port: 80, headers: {X-Drain: "1"}}}
{httpGet: {port: 80, httpHeaders: {X-Drain: "1"}}}
{httpGet: {port: 80, httpHeaders: []}}
{httpGet: {port: 80, httpHeaders: [{name: X-Drain, value: "1"}]}}
{httpGet: {port: 80, httpHeaders: [{name: X-Drain, value: 1}]}}
{httpGet: {port: 80, httpHeaders: [{name: X-Drain}]}}
{httpGet: {port: 80, httpHeaders: [{value: "1"}]}}
{httpGet: {port: 80, httpHeaders: [{name: "X Drain", value: "1"}]}}
{httpGet: {port: 80, httpHeaders: [{name: "X:Drain", value: "1"}]}}
{httpGet: {port: 80, httpHeaders: [{name: X-Drain, val: "1"}]}}
{httpGet: {port: 80}, sleep: {seconds: 5}}
{tcpSocket: }
{tcpSocket: {}}
{tcpSocket: {port: 80}}
{tcpSocket: {port: 0}}
{tcpSocket: {port: "80"}}
{tcpSocket: {port: 80, host: localhost}}
{tcpSocket: {port: 80, timeout: 5}}
{grpc: {port: 80}}
""".strip().splitlines()

LIFECYCLES = """
{}
null
[]
drain
5
true
[{preStop: {sleep: {seconds: 5}}}]
{preStop: }
{preStop: , postStart: }
{postStart: {}}
{stopSignal: }
{drain: {exec: {command: [/drain]}}}
{exec: {command: [/drain]}}
{sleep: {seconds: 5}}
{preStop: {sleep: {seconds: 5}}, timeoutSeconds: 5}
{preStop: {sleep: {seconds: 5}}, preStop: {sleep: {seconds: 6}}}
{preStop: {sleep: {seconds: 5}}, terminationGracePeriodSeconds: 60}
""".strip().splitlines()

SIGNALS = """
SIGTERM
SIGQUIT
SIGKILL
SIGSTOP
SIGUSR1
SIGWINCH
SIGRTMIN
SIGRTMIN+3
SIGRTMIN+15
SIGRTMAX
SIGRTMAX-2
SIG34
TERM
QUIT
term
sigterm
SigQuit
15
"15"
"SIGTERM"
""
null
true
[SIGTERM]
{name: SIGTERM}
""".strip().splitlines()
