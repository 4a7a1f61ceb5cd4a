"""From a specification to a verdict: the whole flow, one stage after the other, each on files and objects that the
stage before has made. What a stage cannot do is listed under `not_run`; nothing is taken on trust.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfqgen import __version__
from sfqgen.files import make_folder
from sfqgen.run import Progress, Run, cell_corrections, constants_of, note_constants, solve_fields, write_json
from sfqgen.spec.neuron import NeuronSpec
from sfqgen.verdict import failures, judge

EXTRACT_BY_DEFAULT = True
"""Whether a build that is not told extracts the drawn metal."""


@dataclass
class Build(Run):
    """A build under way; `corrections` and `bias_scales` are those of the drawn neuron."""

    engine: str = "builtin"
    corrections: tuple | None = None
    bias_scales: tuple = ()

    def path(self, name: str) -> Path:
        return self.folder / name


def build(spec: NeuronSpec, folder: Path | str, *, engine: str = "builtin", extract: bool | None = None,
          margins: bool = False, recentre: bool = False,
          progress: Progress = lambda stage: None) -> dict[str, Any]:  # fmt: skip
    """The flow of the design: spec to circuit to layout, checked, extracted, simulated, judged.

    `extract` asks for the field solution of the drawn metal, or not; None leaves it to EXTRACT_BY_DEFAULT.
    `recentre` moves the biases to the middle of their margins as extracted, and draws the neuron again.
    Returns the report (as in report.json). Everything is made in a temporary folder beside `folder` and moved
    there at the end, so that a failure leaves nothing half-written. Raises SfqgenError for bad input.
    """
    folder = make_folder(Path(folder))
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as partial:
        run = Build(spec, Path(partial), progress, _empty_report(spec), engine)
        circuit = make_circuit(run)
        note_constants(run)
        write_netlist(run, circuit)
        extracted = realise(run, circuit, extract=EXTRACT_BY_DEFAULT if extract is None else extract)
        if recentre:
            circuit, extracted = recentre_biases(run, circuit, extracted)
        confirm_timing(run, circuit, extracted)
        measure_margins(run, circuit, extracted, wanted=margins)
        write_report(run)
        for file in sorted(Path(partial).iterdir()):
            shutil.move(file, folder / file.name)
    return run.report


def realise(run: Build, circuit, *, extract: bool):
    """Layout, design rules, LVS and extraction of a circuit; returns the extracted circuit if there is one."""
    draw_layout(run, circuit, solve=extract)
    check_rules(run)
    return extract_layout(run, circuit, check_lvs(run, circuit), wanted=extract)


def _empty_report(spec: NeuronSpec) -> dict[str, Any]:
    return {
        "spec": spec.model_dump(mode="json"), "version": __version__, "verdict": "FAIL", "reason": "", "failed": [],
        "size": None, "drc": None, "lvs": None, "extraction": None, "timing": None, "timing_schematic": None,
        "margins": None, "adjust": [], "stored": [], "recentre": None, "not_run": [], "notes": [], "seconds": {},
    }  # fmt: skip


def make_circuit(run: Build):
    """The neuron's circuit from the flat numbers of the specification."""
    with run.stage("circuit"):
        from cells.neuron import neuron

        return neuron(**run.spec.circuit_kwargs())


def write_netlist(run: Build, circuit) -> None:
    """NAME.cir: the neuron in its test bench, with stimulus and expected counts in the header."""
    with run.stage("netlist"):
        from sfqgen.timing.deck import walk_deck
        from sfqgen.timing.use import Use

        text = walk_deck(circuit, Use.of(run.spec), run.spec.name)
        run.path(f"{run.spec.name}.cir").write_text(text, encoding="utf-8", newline="\n")


def draw_layout(run: Build, circuit, *, solve: bool) -> None:
    """NAME.gds and layout.png; every cell with the corrections that the extract-and-adjust loop found for it.

    With `solve` the loop runs on cells that have none yet; without, they are drawn as estimated, and said so.
    """
    with run.stage("layout"):
        from pdk_sfq5ee.render import save_png
        from sfqgen.layout.neuron import draw_neuron
        from sfqgen.layout.tapeout import write_gds

        if run.corrections is None:  # else drawn before, and only biases have changed
            run.corrections = cell_corrections(run, circuit, solve=solve)
        component = draw_neuron(fill=run.spec.layout.fill, corrections=run.corrections, bias_scales=run.bias_scales,
                                **run.spec.circuit_kwargs())  # fmt: skip
        gds = run.path(f"{run.spec.name}.gds")
        write_gds(component, gds, top=run.spec.name)
        save_png(gds, run.path("layout.png"), width_px=2400)
        run.report["size"] = dict(component.info)


def check_rules(run: Build) -> None:
    """Design rules on the written GDS, read back from the file."""
    with run.stage("drc"):
        from sfqgen.verify.drc import load_rules, run_drc
        from sfqgen.verify.gds import read_layout

        layout, cell = read_layout(run.path(f"{run.spec.name}.gds"))
        found = run_drc(layout, cell, load_rules(run.spec.process.rules_overlay))
        found.write_lyrdb(run.path("drc.lyrdb"))
        run.report["drc"] = found.as_dict()


def check_lvs(run: Build, circuit):
    """Devices and connections recognised from the polygons, against the circuit: (recognised layout, comparison)."""
    with run.stage("lvs"):
        from sfqgen.extract.recognise import recognise
        from sfqgen.verify.gds import read_layout
        from sfqgen.verify.lvs import compare, write_lvsdb

        found = recognise(*read_layout(run.path(f"{run.spec.name}.gds")), constants_of(run))
        result = compare(found, circuit)
        write_lvsdb(run.path("lvs.lvsdb"), found, result)
        run.report["lvs"] = result.as_dict()
        return found, result


def extract_layout(run: Build, circuit, lvs, *, wanted: bool):
    """NAME_extracted.cir: the circuit under the schematic's names with what the drawn metal shows.

    With `wanted` the field solver measures every inductor, and the circuit is returned for the timing. Otherwise the
    file holds the quick estimates of the sizing table, which no verdict rests on, and None is returned.
    """
    found, result = lvs
    if result.alignment is None:
        run.not_run("extraction: layout and schematic do not match")
        return None
    if not wanted:
        run.not_run("extraction by the field solver (left out with --no-extract); inductances in "
                    f"{run.spec.name}_extracted.cir are estimates of the sizing table")  # fmt: skip
    with run.stage("extraction" if wanted else "estimate"):
        from sfqgen.timing.deck import walk_deck
        from sfqgen.timing.use import Use

        measured = (solve_fields if wanted else _estimated)(run, circuit, found, result)
        how = "inductances by the field solver" if wanted else "inductances estimated by the sizing table"
        text = walk_deck(measured, Use.of(run.spec), f"{run.spec.name}, from the drawn metal, {how}")
        run.path(f"{run.spec.name}_extracted.cir").write_text(text, encoding="utf-8", newline="\n")
        return measured if wanted else None


def _estimated(run: Build, circuit, found, result):
    from sfqgen.extracted import as_drawn
    from sfqgen.netlist.circuit import Inductor
    from sfqgen.verify.lvs import Extracted, back_annotate

    values = Extracted({e.name: e.l_ph for e in found.circuit.of_kind(Inductor)})
    return as_drawn(back_annotate(circuit, result, values).circuit, result)


def recentre_biases(run: Build, circuit, extracted):
    """Biases in the middle of their margins as extracted, and the neuron drawn and extracted with them."""
    if extracted is None:
        run.not_run("re-centring: it needs the extracted circuit (--extract)")
        return circuit, None
    with run.stage("recentre"):
        from sfqgen.errors import SfqgenError
        from sfqgen.netlist.bias import with_bias_scales
        from sfqgen.recentre import recentred
        from sfqgen.timing.use import Use

        try:
            found = recentred(circuit, extracted, Use.of(run.spec), run.spec.margin_pct, run.progress)
        except SfqgenError as error:  # nothing to centre around
            run.not_run(f"re-centring: {error}")
            return circuit, extracted
        run.report["recentre"] = found.as_dict()
        if not found.scales:
            return circuit, extracted
        run.bias_scales, circuit = found.scales, with_bias_scales(circuit, found.scales)
    write_netlist(run, circuit)
    return circuit, realise(run, circuit, extract=True)


def confirm_timing(run: Build, circuit, extracted) -> None:
    """The criteria at the pins, biased through resistors as drawn: of the schematic, and of the extracted circuit.

    The extracted circuit, where there is one, is what counts; the schematic stands beside it for comparison.
    """
    with run.stage("timing"):
        from sfqgen.timing.criteria import verify
        from sfqgen.timing.picture import draw, trace
        from sfqgen.timing.use import Use

        use, dut, view = Use.of(run.spec), extracted or circuit, "extracted" if extracted else "schematic"
        run.report["timing"] = verify(dut, use, view=view, engine=run.engine).as_dict()
        if extracted:
            run.progress("timing of the schematic, for comparison")
            run.report["timing_schematic"] = verify(circuit, use, view="schematic", engine=run.engine).as_dict()
        title = f"{run.spec.name}: walk through the levels, {use.frame_ps:g} ps per frame, {view} circuit"
        draw(trace(dut, use), run.path("waveforms.png"), title)


def measure_margins(run: Build, circuit, extracted, *, wanted: bool) -> None:
    """Margins of every parameter, when asked for."""
    if not wanted:
        run.not_run("margins (ask with --margins)")
        return
    with run.stage("margins"):
        from sfqgen.errors import SfqgenError
        from sfqgen.sim.margins import margins
        from sfqgen.timing.neuron_bench import neuron_bench
        from sfqgen.timing.use import Use

        bench = neuron_bench(extracted or circuit, Use.of(run.spec), schematic=circuit)
        view = "extracted" if extracted else "schematic"
        try:
            found = margins(bench, bench.parameters, progress=lambda part: run.progress(f"margins: {100 * part:.0f} %"))
        except SfqgenError as error:  # no margin around a nominal circuit that fails
            run.not_run(f"margins of the {view} circuit: {error}")
            return
        run.report["margins"] = {"view": view, **found.as_dict()}


def write_report(run: Build) -> None:
    """Verdict, report.json and report.html."""
    from sfqgen.report.page import render_page

    run.progress("report")
    run.report["verdict"], run.report["reason"] = judge(run.report)
    run.report["failed"] = [failure.as_dict() for failure in failures(run.report)]
    pictures = {"Layout": run.path("layout.png"), "Waveforms": run.path("waveforms.png")}
    run.path("report.html").write_text(render_page(run.report, pictures), encoding="utf-8", newline="\n")
    write_json(run)
