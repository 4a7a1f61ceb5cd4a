"""Design rules of a die in a process of their own, beside everything else that a chip has to show.

    python -m sfqgen.chip.drc CHIP.gds CHIP.lyrdb [RULES.yaml]      one JSON object: the `drc` entry of report.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfqgen.errors import SfqgenError


@dataclass(frozen=True)
class DrcRun:
    """A check that has been started on a written file; `found` waits for it."""

    process: subprocess.Popen

    def found(self) -> dict[str, Any]:
        """The `drc` entry of the report. Raises SfqgenError when the process has died."""
        text, said = self.process.communicate()
        if self.process.returncode:
            last = said.strip().splitlines()[-1:] or ["no message"]
            raise SfqgenError(f"the check of the design rules ended with {self.process.returncode}: {last[0]}",
                              where="chip: drc", remedy="again with more memory free, or a smaller --die")  # fmt: skip
        return json.loads(text)

    def stop(self) -> None:
        """Ends a check that nobody waits for any longer."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def start_drc(gds: Path, lyrdb: Path, overlay: Path | str | None = None) -> DrcRun:
    """Starts the check of the only top cell of a file as a chip; findings go to `lyrdb` as well."""
    command = [sys.executable, "-m", __name__, str(gds), str(lyrdb), *([str(overlay)] if overlay else [])]
    paths = os.pathsep.join(path for path in sys.path if path)
    return DrcRun(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, encoding="utf-8",
                                        env={**os.environ, "PYTHONPATH": paths}))  # fmt: skip


def main(gds: str, lyrdb: str, overlay: str | None = None) -> None:
    from sfqgen.verify.drc import load_rules, run_drc
    from sfqgen.verify.gds import read_layout

    layout, cell = read_layout(Path(gds))
    report = run_drc(layout, cell, load_rules(overlay), chip=True)
    report.write_lyrdb(Path(lyrdb))
    print(json.dumps(report.as_dict()))


if __name__ == "__main__":
    main(*sys.argv[1:4])
