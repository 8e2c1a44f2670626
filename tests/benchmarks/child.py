"""Run a command and print what it cost: seconds by the clock, seconds of processors, peak in kB.

On Linux a process begins with the peak memory of the one that started it, so a benchmark that is
large itself would be measured in place of a small child. This one stays small.
"""

from __future__ import annotations

import os
import sys
import time

command = sys.argv[1:]
silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
start = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ, file_actions=silent)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
