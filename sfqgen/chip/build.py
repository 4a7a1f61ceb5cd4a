"""From a specification to a checked test chip: GDS, pad table, bonding picture and report in one folder."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfqgen import __version__
from sfqgen.chip.frame import Frame, unknowns
from sfqgen.errors import SfqgenError
from sfqgen.files import make_folder
from sfqgen.run import Progress, Run, cell_corrections, constants_of, note_constants, solve_fields, write_json
from sfqgen.spec.neuron import NeuronSpec
from sfqgen.verdict import judge as verdict_of

NOTE = ("the design rules are from public sources, and the foundry's manual and pad frame are not public: a clean chip "
        "is no sign-off")  # fmt: skip
LEFT_OUT = ("margins, highest rate, least spacing and the window of a leak at the pads (`sfqgen build --margins` "
            "measures them at the neuron's pins)")  # fmt: skip


@dataclass(kw_only=True)
class ChipBuild(Run):
    """A chip under way; `name` stands before the name of each of its files."""

    frame: Frame
    name: str

    def path(self, suffix: str) -> Path:
        return self.folder / f"{self.name}{suffix}"


def build_chip(spec: NeuronSpec, folder: Path, *, frame: Frame, extract: bool = True,
               progress: Progress = lambda stage: None) -> dict[str, Any]:  # fmt: skip
    """Draws and checks the chip; returns the report (as in report.json).

    `extract`: solve the fields of the core as drawn and judge what comes out at its pads; without, the verdict rests on
    the schematic of the core. Everything is made in a temporary folder beside `folder` and moved there at the end.
    Raises SfqgenError for bad input: a neuron with sampled inputs or too large for the die, more lines than pads.
    """
    _check_sides(spec)
    make_folder(folder)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as partial:
        run = ChipBuild(spec=spec, folder=Path(partial), progress=progress, report=_empty_report(spec, frame),
                        frame=frame, name=f"{spec.name}_chip")  # fmt: skip
        note_constants(run)
        circuit = write_circuit(run)
        die, block, core = draw(run, circuit, solve=extract)
        layout, cell = write_layout(run, die)
        with drc_beside(run):
            lvs = check_core(run, layout, circuit)
            confirm_timing(run, circuit, extract_core(run, circuit, lvs, wanted=extract))
            check_pads(run, layout, cell, die, core)
            write_pictures(run, die, block)
        write_report(run)
        for file in sorted(Path(partial).iterdir()):
            shutil.move(file, folder / file.name)
    return run.report


def _check_sides(spec: NeuronSpec) -> None:
    if spec.sampled:
        raise SfqgenError("sampled inputs and their tick face up, converters stand to the left and right of a neuron",
                          where=f"{spec.name}: sampled", allowed="false", remedy="sampled: false, or sfqgen build")


def _empty_report(spec: NeuronSpec, frame: Frame) -> dict[str, Any]:
    return {
        "spec": spec.model_dump(mode="json"), "version": __version__, "verdict": "FAIL", "reason": "",
        "die": {"width_um": frame.die_um, "pad_um": frame.pad_um, "pitch_um": frame.pitch_um,
                "slots_per_side": frame.slots},
        "not_public": unknowns(), "bias": None, "pads": None, "drc": None, "lvs": None, "extraction": None,
        "timing": None, "timing_schematic": None, "margins": None, "connections": None, "adjust": [], "stored": [],
        "not_run": [], "notes": [NOTE], "seconds": {},
    }  # fmt: skip


def write_circuit(run: ChipBuild):
    """NAME_core.cir: neuron and converters as a subcircuit, to compare the cell NAME_core with; bias of the pads."""
    with run.stage("circuit"):
        from sfqgen.chip.circuit import bias_ua, chip_circuit
        from sfqgen.netlist.josim_write import write_josim

        circuit = chip_circuit(**run.spec.circuit_kwargs())
        run.path("_core.cir").write_text(write_josim(circuit, bias="resistor"), encoding="utf-8", newline="\n")
        total = bias_ua(circuit) / 1000
        feeds = max(1, math.ceil(total / run.frame.pad_ma))
        run.report["bias"] = {"total_ma": round(total, 3), "pads": feeds, "ma_per_pad": round(total / feeds, 3),
                              "limit_ma_per_pad": run.frame.pad_ma}  # fmt: skip
        return circuit


def draw(run: ChipBuild, circuit, *, solve: bool):
    """Core, block and die; with `solve` the loop finds the corrections that the stored ones lack."""
    with run.stage("layout"):
        from cells.neuron import neuron
        from sfqgen.chip.block import draw_block
        from sfqgen.chip.circuit import converter_cells
        from sfqgen.chip.core import draw_core
        from sfqgen.chip.die import draw_die
        from sfqgen.netlist.circuit import Circuit

        kwargs = run.spec.circuit_kwargs()
        corrections, of_converters = (cell_corrections(run, cells, solve=solve) for cells in
                                      (neuron(**kwargs), Circuit("converters", (), (), converter_cells())))  # fmt: skip
        core = draw_core(kwargs, corrections, of_converters, name=f"{run.name}_core")
        block = draw_block(core, run.report["bias"]["pads"], name=f"{run.name}_block")
        words = (run.spec.name, f"sfqgen {__version__}")
        die = draw_die(run.frame, block, run.report["bias"]["total_ma"], words, name=run.name)
        run.report["size"] = {"core_um": [core.width_um, core.height_um], "converters": core.converters,
                              "block_um": [n * run.frame.tile_um for n in (block.columns, block.rows)]}  # fmt: skip
        return die, block, core


def write_layout(run: ChipBuild, die):
    """NAME.gds and NAME_pads.csv; the layout as read back from the file."""
    with run.stage("write"):
        from sfqgen.chip.pads import table
        from sfqgen.layout.tapeout import write_gds
        from sfqgen.verify.gds import read_layout

        write_gds(die.component, run.path(".gds"), top=run.name)
        run.path("_pads.csv").write_text(table(die.pads), encoding="utf-8", newline="\n")
        roles = [pad.role for pad in die.pads]
        by_role = {role: roles.count(role) for role in dict.fromkeys(roles)}
        run.report["pads"] = {"count": len(roles), "by_role": by_role}
        return read_layout(run.path(".gds"))


@contextmanager
def drc_beside(run: ChipBuild) -> Iterator[None]:
    """Design rules on the whole die, with nothing beside it, in a process of their own while the body runs."""
    from sfqgen.chip.drc import start_drc

    start = time.perf_counter()
    check = start_drc(run.path(".gds"), run.path("_drc.lyrdb"), run.spec.process.rules_overlay)
    try:
        yield
        run.progress("drc")
        run.report["drc"] = check.found()
    finally:
        check.stop()
    run.report["seconds"]["drc"] = round(time.perf_counter() - start, 3)  # beside the stages before


def check_core(run: ChipBuild, layout, circuit):
    """Neuron and converters, recognised from the polygons of the written file, against their circuit."""
    with run.stage("lvs"):
        from sfqgen.extract.recognise import recognise
        from sfqgen.verify.lvs import compare

        found = recognise(layout, layout.cell(f"{run.name}_core"), constants_of(run))
        result = compare(found, circuit)
        run.report["lvs"] = result.as_dict()
        return found, result


def extract_core(run: ChipBuild, circuit, lvs, *, wanted: bool):
    """NAME_extracted.cir: the core as the field solver finds it, at its pads; returns the flat circuit, if any."""
    found, result = lvs
    if result.alignment is None:
        run.not_run("extraction of the core: it does not match its circuit")
        return None
    if not wanted:
        run.not_run("extraction of the core by the field solver (left out with --no-extract)")
        return None
    with run.stage("extraction"):
        from sfqgen.chip.deck import core_deck
        from sfqgen.timing.use import Use

        measured = solve_fields(run, circuit, found, result)
        text = core_deck(measured, Use.of(run.spec), f"core of {run.name}, from the drawn metal")
        run.path("_extracted.cir").write_text(text, encoding="utf-8", newline="\n")
        return measured


def confirm_timing(run: ChipBuild, circuit, extracted) -> None:
    """Currents into the pads, the output's voltage read: of the core as extracted, with the schematic beside it."""
    with run.stage("timing"):
        from sfqgen.chip.confirm import verify_core
        from sfqgen.timing.use import Use

        run.not_run(LEFT_OUT)
        use = Use.of(run.spec)
        schematic = verify_core(circuit, use, view="schematic").as_dict()
        if extracted is None:
            run.report["timing"] = schematic
            return
        run.report["timing"] = verify_core(extracted, use, view="extracted").as_dict()
        run.report["timing_schematic"] = schematic


def check_pads(run: ChipBuild, layout, cell, die, core) -> None:
    """Every pad leads to its pin."""
    with run.stage("connections"):
        from pdk_sfq5ee.cells.die import die_tile
        from sfqgen.chip.connect import check_connections
        from sfqgen.chip.core import ends_um

        x0, y0 = die.origin_um
        ends = [(net, metal, x0 + x, y0 + y) for net, metal, x, y in ends_um(core)]
        without = (die_tile().name, f"{run.name}_core")
        found = check_connections(layout, cell, die.pads, ends, without)
        run.report["connections"] = found.as_dict()


def write_pictures(run: ChipBuild, die, block) -> None:
    """NAME_bonding.png, NAME_die.png and NAME_block.png."""
    with run.stage("pictures"):
        from pdk_sfq5ee.render import save_png
        from sfqgen.chip.picture import draw_bonding

        size = f"{run.frame.die_um / 1000:g} x {run.frame.die_um / 1000:g} mm"
        draw_bonding(run.frame, block, die.pads, f"{run.name}, {size}, {len(die.pads)} pads", run.path("_bonding.png"))
        save_png(run.path(".gds"), run.path("_die.png"), width_px=2000, texts=False)
        save_png(run.path(".gds"), run.path("_block.png"), width_px=2400, texts=False, cell=f"{run.name}_block")


def write_report(run: ChipBuild) -> None:
    """Verdict and report.json."""
    run.report["verdict"], run.report["reason"] = judge(run.report)
    write_json(run)


def judge(report: dict[str, Any]) -> tuple[str, str]:
    """As `sfqgen.verdict.judge`, and every pad has to lead to its pin."""
    verdict, reason = verdict_of(report)
    wrong = len(report["connections"]["wrong"])
    if wrong:
        return "FAIL", f"{wrong} pads lead elsewhere" + (f"; {reason}" if verdict == "FAIL" else "")
    return verdict, reason if verdict == "FAIL" else f"Every pad leads to its pin. {reason}"
