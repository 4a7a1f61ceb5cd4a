"""From a specification to a checked test chip: GDS, pad table, bonding picture and report in one folder."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfqgen import __version__
from sfqgen.chip.frame import Frame, unknowns
from sfqgen.files import make_folder
from sfqgen.spec.neuron import NeuronSpec

Progress = Callable[[str], None]
NOTE = ("the design rules are from public sources, and the foundry's manual and pad frame are not public: a clean chip "
        "is no sign-off")  # fmt: skip

NOT_RUN = ("field solution and simulation of the chip's core as drawn: `sfqgen build` judges the neuron, and the "
           "converters carry their stored corrections")  # fmt: skip


@dataclass
class ChipBuild:
    """A chip under way: files go to `folder`, findings to `report`."""

    spec: NeuronSpec
    frame: Frame
    folder: Path
    name: str
    progress: Progress = lambda stage: None
    report: dict[str, Any] = field(default_factory=dict)

    def path(self, suffix: str) -> Path:
        return self.folder / f"{self.name}{suffix}"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.progress(name)
        start = time.perf_counter()
        yield
        self.report["seconds"][name] = round(time.perf_counter() - start, 3)


def build_chip(spec: NeuronSpec, folder: Path, *, frame: Frame, progress: Progress = lambda stage: None
               ) -> dict[str, Any]:  # fmt: skip
    """Draws and checks the chip; returns the report (as in report.json).

    Everything is made in a temporary folder beside `folder` and moved there at the end. Raises SfqgenError for bad
    input: a neuron too large for the die, more lines than pads.
    """
    spec.layout_kwargs()  # refuses a neuron without a floor plan before anything is written
    make_folder(folder)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as partial:
        run = ChipBuild(spec, frame, Path(partial), f"{spec.name}_chip", progress, _empty_report(spec, frame))
        circuit = write_circuit(run)
        die, block, core = draw(run, circuit)
        layout, cell = write_layout(run, die)
        check_rules(run, layout, cell)
        check_core(run, layout, circuit)
        check_pads(run, layout, cell, die, core)
        write_pictures(run, die, block)
        write_report(run)
        for file in sorted(Path(partial).iterdir()):
            shutil.move(file, folder / file.name)
    return run.report


def _empty_report(spec: NeuronSpec, frame: Frame) -> dict[str, Any]:
    return {
        "spec": spec.model_dump(mode="json"), "version": __version__, "verdict": "FAIL", "reason": "",
        "die": {"width_um": frame.die_um, "pad_um": frame.pad_um, "pitch_um": frame.pitch_um,
                "slots_per_side": frame.slots},
        "not_public": unknowns(), "bias": None, "pads": None, "drc": None, "lvs": None, "connections": None,
        "not_run": [], "notes": [NOTE], "seconds": {},
    }  # fmt: skip


def write_circuit(run: ChipBuild):
    """NAME_core.cir: neuron and converters as a subcircuit, to compare the cell NAME_core with."""
    with run.stage("circuit"):
        from sfqgen.chip.circuit import bias_ua, chip_circuit
        from sfqgen.netlist.josim_write import write_josim

        circuit = chip_circuit(**run.spec.layout_kwargs())
        run.path("_core.cir").write_text(write_josim(circuit, bias="resistor"), encoding="utf-8", newline="\n")
        total = bias_ua(circuit) / 1000
        feeds = max(1, math.ceil(total / run.frame.pad_ma))
        run.report["bias"] = {"total_ma": round(total, 3), "pads": feeds, "ma_per_pad": round(total / feeds, 3),
                              "limit_ma_per_pad": run.frame.pad_ma}  # fmt: skip
        run.report["not_run"].append(NOT_RUN)
        return circuit


def draw(run: ChipBuild, circuit):
    """Core, block and die."""
    with run.stage("layout"):
        from cells.neuron import neuron
        from sfqgen.chip.block import draw_block
        from sfqgen.chip.core import draw_core
        from sfqgen.chip.die import draw_die
        from sfqgen.layout.corrections import solved_corrections

        kwargs = run.spec.layout_kwargs()
        wanted = run.spec.extract
        corrections, _ = solved_corrections(neuron(**kwargs), tolerance_pct=wanted.tolerance_pct / 2,
                                            grid_um=wanted.grid_um,
                                            progress=lambda text: run.progress(f"adjusting {text}"))  # fmt: skip
        core = draw_core(kwargs, corrections, name=f"{run.name}_core")
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


def check_rules(run: ChipBuild, layout, cell) -> None:
    """Design rules on the whole die, with nothing beside it."""
    with run.stage("drc"):
        from sfqgen.verify.drc import load_rules, run_drc

        found = run_drc(layout, cell, load_rules(run.spec.process.rules_overlay), chip=True)
        found.write_lyrdb(run.path("_drc.lyrdb"))
        run.report["drc"] = found.as_dict()


def check_core(run: ChipBuild, layout, circuit) -> None:
    """Neuron and converters, recognised from the polygons of the written file, against their circuit."""
    with run.stage("lvs"):
        from sfqgen.extract.recognise import recognise
        from sfqgen.verify.lvs import compare

        found = recognise(layout, layout.cell(f"{run.name}_core"))
        run.report["lvs"] = compare(found, circuit).as_dict()


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
    text = json.dumps(run.report, indent=2, allow_nan=False)
    (run.folder / "report.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def judge(report: dict[str, Any]) -> tuple[str, str]:
    """PASS when rules, core and pads are right; the reason says what is not. Timing is the build's matter."""
    faults = []
    if report["drc"]["violations"]:
        faults.append(f"{report['drc']['violations']} design rule violations")
    if not report["lvs"]["match"]:
        faults.append("the core does not match its circuit")
    if report["connections"]["wrong"]:
        faults.append(f"{len(report['connections']['wrong'])} pads lead elsewhere")
    if faults:
        return "FAIL", "; ".join(faults)
    return "PASS", "die clean by our rules, core matches its circuit, every pad leads to its pin"
