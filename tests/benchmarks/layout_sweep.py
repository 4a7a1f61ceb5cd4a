"""Layouts of 1 to 64 inputs at three scales of the critical current: design rules, LVS, and a table of sizes.

    python tests/benchmarks/layout_sweep.py [--inputs 1,2,3,5,8,16,33,64] [--scales 0.9,1.0,1.2] [--levels 2]

Prints a Markdown table; exit code 1 when a layout is not clean or not its circuit.
"""

from __future__ import annotations

import argparse
import sys
import time

from cells.neuron import neuron
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import recognise
from sfqgen.layout.neuron import draw_neuron
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare

HEAD = ("inputs", "Ic scale", "DRC errors", "LVS", "JJ", "JJ / input", "mA", "uW", "um2", "um2 / input", "um x um", "s")


def measured(inputs: int, levels: int, ic_scale: float) -> tuple[bool, list[str]]:
    """Whether the layout is clean and its circuit, and its row of the table."""
    size = {"inputs": inputs, "levels": levels, "ic_scale": ic_scale}
    start = time.process_time()
    try:
        c = draw_neuron(**size)
    except SfqgenError as error:
        return False, [str(inputs), f"{ic_scale:g}", str(error)]
    errors = run_drc(c.kcl.layout, c.kdb_cell, load_rules()).errors
    match = compare(recognise(c.kcl.layout, c.kdb_cell), neuron(**size)).match
    i = c.info
    row = [inputs, ic_scale, errors, "match" if match else "MISMATCH", i["junctions"], i["junctions"] / inputs,
           i["bias_ua"] / 1000.0, i["power_uw"], round(i["area_um2"]), round(i["area_um2"] / inputs),
           f"{i['width_um']:.0f} x {i['height_um']:.0f}", time.process_time() - start]  # fmt: skip
    return match and not errors, [f"{v:.1f}" if isinstance(v, float) else str(v) for v in row]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", default="1,2,3,5,8,16,33,64")
    parser.add_argument("--scales", default="0.9,1.0,1.2")
    parser.add_argument("--levels", type=int, default=2)
    asked = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD), flush=True)
    good = True
    for ic_scale in map(float, asked.scales.split(",")):
        for inputs in map(int, asked.inputs.split(",")):
            clean, row = measured(inputs, asked.levels, ic_scale)
            good &= clean
            print("| " + " | ".join(row) + " |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
