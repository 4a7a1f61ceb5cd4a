"""Draws and checks the 5 x 5 mm test chip of a specification, then runs the KLayout application on it.

    python tests/benchmarks/chip_die.py [cells/examples/neuron_n4.yaml] [folder]

Prints seconds and findings of both engines. The application is left out when it is not installed.
"""

import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sfqgen.chip.build import build_chip
from sfqgen.chip.frame import load_frame
from sfqgen.spec import load_spec
from sfqgen.verify.deck import write
from sfqgen.verify.drc import load_rules

SPEC = Path(__file__).parents[2] / "cells" / "examples" / "neuron_n4.yaml"


def application(gds: Path, folder: Path) -> int | None:
    """Findings of the generated deck in the KLayout application; None without it."""
    program = shutil.which("klayout")
    if program is None:
        return None
    write(folder / "deck.drc", load_rules())
    report = folder / "deck.lyrdb"
    subprocess.run([program, "-b", "-r", folder / "deck.drc", "-rd", f"input={gds}", "-rd", f"report={report}",
                    "-rd", "chip=1"], check=True, capture_output=True)  # fmt: skip
    return len(re.findall("<item>", report.read_text(encoding="utf-8")))


def main(spec: Path = SPEC, folder: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(folder or scratch) / "chip"
        wanted = load_spec(Path(spec))
        start = time.perf_counter()
        report = build_chip(wanted, out, frame=load_frame(), progress=lambda stage: print(f"  {stage}"))
        own = resource.getrusage(resource.RUSAGE_SELF)
        print(f"sfqgen chip: {time.perf_counter() - start:.1f} s, {own.ru_utime:.1f} s of processor time")
        print(f"{report['verdict']}, {report['drc']['violations']} violations, {report['pads']['count']} pads")
        start = time.perf_counter()
        found = application(out / f"{wanted.name}_chip.gds", Path(scratch))
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        if found is None:
            print("KLayout application: not installed, not run")
        else:
            print(f"KLayout: {time.perf_counter() - start:.1f} s, {used:.1f} s of processor time; {found} findings")


if __name__ == "__main__":
    main(*sys.argv[1:3])
