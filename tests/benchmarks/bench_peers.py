"""One small file checked by us, against the same by checkov: `make bench-peers` sets it up."""

from __future__ import annotations

import shutil
import tempfile

from tests.benchmarks.bench_check import SMALL
from tests.benchmarks.measure import CHECK, compare
from tests.places import ROOT

PROGRAMS = ROOT / "build" / "peers" / "bin"


def main() -> None:
    checkov = shutil.which("checkov", path=str(PROGRAMS)) or shutil.which("checkov")
    if not checkov:
        print("skipped: no checkov on the PATH or in build/peers (make bench-peers)")
        return
    with tempfile.TemporaryDirectory() as folder:
        small = shutil.copy(SMALL / "web.yaml", folder)
        compare(
            "check one small file / checkov -f",
            [*CHECK, small],
            # Neither what it finds nor a download is to count.
            [checkov, "--soft-fail", "--skip-download", "-f", small],
            limit=0.1,
        )


if __name__ == "__main__":
    main()
