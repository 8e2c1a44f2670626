"""A worker without a port that stops in the way it is told: `worker.py BEHAVIOUR`.

The file `busy` is there while it has work: jobs of 0.4 s with pauses of 0.05 s.
"""

import signal
import sys
import time
from pathlib import Path

behaviour = sys.argv[1]
busy = Path("busy")
told: list[int] = []


def stop(number: int, _: object) -> None:
    if behaviour == "drops-work":
        sys.exit(0)
    told.append(number)


signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "ignores" else stop)
jobs_after = 0
while not told or jobs_after < (behaviour == "begins-another") * 2:
    jobs_after += bool(told)
    busy.write_text("")
    time.sleep(0.4)
    busy.unlink()
    time.sleep(0.05)
