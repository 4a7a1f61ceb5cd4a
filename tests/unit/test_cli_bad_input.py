"""Bad input at the command line: one clear line on stderr, exit code 2, nothing written."""

import json
import sys

import klayout.db as db
import pytest

from sfqgen.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with broken files of many kinds; the command runs inside it."""

    def gds(name, cells, dbu=0.001, filled=True):
        layout = db.Layout()
        layout.dbu = dbu
        for cell in cells:
            made = layout.create_cell(cell)
            if filled:
                made.shapes(layout.layer(40, 0)).insert(db.Box(0, 0, 5000, 5000))
        layout.write(str(tmp_path / name))

    gds("ok.gds", ["A"])
    gds("dbu.gds", ["A"], dbu=0.005)
    gds("empty.gds", ["A"], filled=False)
    gds("two.gds", ["A", "B"])
    (tmp_path / "cut.gds").write_bytes((tmp_path / "ok.gds").read_bytes()[:60])
    texts = {
        "text.gds": "hello",
        "q.cir": "* t\nQ1 a b c\n.end\n",
        "notran.cir": "* t\nR1 a 0 2\nI1 0 a pwl(0 0 1p 1u)\n.end\n",
        "good.cir": "* t\nR1 a 0 2\nI1 0 a pwl(0 0 1p 1u)\n.tran 0.1p 10p\n.print v(a)\n.end\n",
        "loose.cir": "* t\nR1 a b 2\nI1 a b pwl(0 0 1p 1u)\n.tran 0.1p 10p\n.end\n",
        "inc.cir": "* t\n.include ../x.cir\n.end\n",
        "n.yaml": "name: n\n",
        "unit.yaml": "name: n\nspacing_ps: 15 um\n",
        "high.yaml": "name: n\ninputs: 65\n",
        "field.yaml": "name: n\nrest: frame\n",
        "levels.yaml": "name: n\nlevels: 4\n",
        "sampled.yaml": "name: n\nsampled: true\n",
        "broken.yaml": "name: [n\n",
        "rules.yaml": "rules:\n  - {id: M6.WW, process: 1}\n",
        "file": "x",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, capsys, command: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["sfqgen", *command.split()])
    with pytest.raises(SystemExit) as left:
        main()
    out = capsys.readouterr()
    return left.value.code, out.out, out.err


PINNED = {
    "build nope.yaml": "nope.yaml: no such file; remedy: `sfqgen new -o neuron.yaml` writes a template",
    "build folder": "folder: this is a folder; remedy: name the YAML file in it",
    "build unit.yaml": "unit.yaml:2: spacing_ps: um is not a unit of the same kind as ps; allowed: 8 to 100 ps",
    "build high.yaml": "high.yaml:2: inputs: 65 is out of range; allowed: whole number 1 to 64",
    "build field.yaml": "field.yaml:2: rest: unknown field; remedy: did you mean reset?",
    "build levels.yaml": "levels.yaml:2: levels: 4 levels, but a frame brings at most 2 spikes; allowed: 2 to 2; "
    "remedy: fewer levels, more inputs, or max_spikes >= levels if an input may spike more than once per frame",
    "timing n.yaml --converters --engine ngspice": "--converters: converters are simulated by the built-in engine "
    "alone; remedy: --engine builtin, or `sfqgen netlist --converters` and your simulator",
    "chip sampled.yaml": "n: sampled: sampled inputs and their tick face up, converters stand to the left and right of "
    "a neuron; allowed: false; remedy: sampled: false, or sfqgen build",
    "build broken.yaml": "broken.yaml:2: not valid YAML (did not find expected ',' or ']'); remedy: `field: value` "
    "lines; `sfqgen new` writes a template",
    "build n.yaml -o file/n": "file/n: cannot write into the folder (Not a directory); remedy: a folder with write "
    "permission and room, named with -o",
    "build n.yaml --engine spectre": "--engine: no engine spectre; allowed: builtin, josim, ngspice",
    "timing nope.yaml": "nope.yaml: no such file; remedy: `sfqgen new -o neuron.yaml` writes a template",
    "timing n.yaml --netlist good.cir": "good: no subcircuit neuron; allowed: the file has none",
    "held-out n.yaml --netlist good.cir --corners 20": "--corners: an extracted netlist has no cells whose parameters "
    "could be moved; remedy: leave out --corners or --netlist",
    "netlist n.yaml --dialect hspice": "--dialect: no dialect hspice; allowed: josim or ngspice",
    "new -o n.yaml": "n.yaml: the file exists already; remedy: another name, or --force",
    "new -o file/n.yaml": "file: cannot write into the folder (File exists); remedy: a folder with write permission "
    "and room, named with -o",
    "drc nope.gds": "nope.gds: no such file; remedy: check the path",
    "drc folder": "folder: is a folder, not a GDS file",
    "drc text.gds": "text.gds: not a GDS file; allowed: GDSII stream, not compressed; remedy: save it as GDS2 from the "
    "layout editor",
    "drc cut.gds": "cut.gds: the GDS file is cut short; remedy: copy or write it again",
    "drc dbu.gds": "dbu.gds: database unit is 5 nm; allowed: 1 nm; remedy: save the layout again with a database unit "
    "of 0.001 um",
    "drc empty.gds": "empty.gds: cell A is empty; remedy: name another cell with --cell",
    "drc two.gds": "two.gds: 2 top cells: A, B; remedy: name one with --cell",
    "drc two.gds --cell C": "two.gds: no cell named 'C'; allowed: A, B",
    "drc ok.gds --rules nope.yaml": "nope.yaml: no such rule overlay; remedy: check the path",
    "drc ok.gds --lyrdb file/x.lyrdb": "file: cannot write into the folder (File exists); remedy: a folder with write "
    "permission and room, named with -o",
    "drc": "no GDS file named; remedy: sfqgen drc X.gds, or sfqgen drc --write-deck FILE",
    "lvs nope.gds good.cir": "nope.gds: no such file; remedy: check the path",
    "lvs ok.gds q.cir": "q.cir:2: 'Q1': this letter begins no element; allowed: B, C, I, K, L, P, R, T, V, X",
    "simulate nope.cir": "nope.cir: no such file; remedy: give the path of a netlist file",
    "simulate q.cir": "q.cir:2: 'Q1': this letter begins no element; allowed: B, C, I, K, L, P, R, T, V, X",
    "simulate notran.cir": "notran: no transient analysis; remedy: add a line such as .tran 0.1p 200p",
    "simulate loose.cir": "circuit loose: no element touches ground (node 0); remedy: connect it through an inductor, "
    "resistor, junction or capacitor",
    "simulate inc.cir": "inc.cir:2: '../x.cir': includes a file outside of the deck's folder; allowed: the folder of "
    "the deck and below; remedy: move the file, or allow its folder",
    "simulate ok.gds": "ok.gds: this is not a text file; remedy: give a netlist (.cir)",
    "margins good.cir": "good: no load and no printed junction phase to judge by; remedy: name junctions with --count, "
    "or give --criteria",
}


@pytest.mark.parametrize("command", PINNED)
def test_bad_input_is_one_line_and_exit_code_2(here, monkeypatch, capsys, command):
    before = sorted(path.name for path in here.rglob("*"))
    code, out, err = run(monkeypatch, capsys, command)
    assert (code, out, err) == (2, "", f"error: {PINNED[command]}\n")
    assert sorted(path.name for path in here.rglob("*")) == before


def test_with_json_the_error_is_the_one_object_on_stdout(here, monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, "drc nope.gds --json")
    assert code == 2
    assert json.loads(out) == {"error": "nope.gds: no such file; remedy: check the path",
                               "errors": ["nope.gds: no such file; remedy: check the path"]}  # fmt: skip
    assert err.startswith("error: nope.gds")


def test_unknown_words_of_the_command_line_leave_with_2(here, monkeypatch, capsys):
    assert run(monkeypatch, capsys, "drc ok.gds --nonsense")[0] == 2
    assert run(monkeypatch, capsys, "frobnicate")[0] == 2
