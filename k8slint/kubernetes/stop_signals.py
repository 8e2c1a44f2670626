"""The signals that `lifecycle.stopSignal` takes.

Source: `supportedStopSignalsLinux` and `supportedStopSignalsWindows` in
`pkg/apis/core/validation/validation.go` of k8s.io/kubernetes v1.37.2, read on 2026-11-29.
"""

_NAMES = (
    *("ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT"),
    *("KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM"),
    *("TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ"),
    *("RTMIN", *(f"RTMIN+{number}" for number in range(1, 16))),
    *(*(f"RTMAX-{number}" for number in range(14, 0, -1)), "RTMAX"),
)
# By the name of the operating system in `spec.os`.
STOP_SIGNALS = {
    "linux": frozenset(f"SIG{name}" for name in _NAMES),
    "windows": frozenset({"SIGKILL", "SIGTERM"}),
}
