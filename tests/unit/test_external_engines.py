"""Adapters of josim-cli and ngspice, tested with stand-in programs where the real ones are absent."""

import stat
import sys

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.ngspice_write import write_ngspice
from sfqgen.sim.external.engine import external_engine
from sfqgen.sim.external.josim import run_josim
from sfqgen.sim.external.ngspice import read_raw, run_ngspice
from sfqgen.sim.external.program import reason

DECK = """
.model jjmit jj(rtype=1, vg=2.8mV, cap=0.07pF, r0=160, rn=16, icrit=0.1mA)
.subckt CELL a
B1 a 0 jjmit area=2.5
R1 a 0 2
.ends
I1 0 n pwl(0 0 5p 300u)
Xdut CELL n
.tran 0.05p 0.1p
"""

# The form that josim-cli 2.7 gives its csv: quoted labels in capitals, seconds, rad, volt, ampere.
CSV = """time,"P(B1|XDUT)","V(N)"
0.000000e+00,0.000000e+00,0.000000e+00
5.000000e-14,1.250000e-03,2.500000e-05
1.000000e-13,4.750000e-03,3.500000e-05
"""


def stand_in(folder, monkeypatch, name: str, version: str, script: str = ""):
    """A program on PATH that tells a version and runs a piece of Python for anything else."""
    program = folder / name
    program.write_text(
        # sh first: a shebang cannot hold a path with a space in it; Python reads the second line as a string.
        f"#!/bin/sh\n''''exec '{sys.executable}' \"$0\" \"$@\" #'''\nimport sys, pathlib\n"
        f"if sys.argv[1:] in (['-v'], ['--version']):\n    print({version!r})\n    sys.exit(0)\n{script}\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return program


def refusal(call, *arguments, **keys) -> str:
    with pytest.raises(SfqgenError) as caught:
        call(*arguments, **keys)
    return str(caught.value)


def test_josim_runs_the_deck_and_its_csv_is_read(tmp_path, monkeypatch):
    script = f"pathlib.Path('seen.txt').write_text(' '.join(sys.argv[1:]))\npathlib.Path('out.csv').write_text({CSV!r})"
    stand_in(tmp_path, monkeypatch, "josim-cli", "JoSIM\nv2.7.02a34ee compiled on", script)
    waves = run_josim(parse_deck(DECK + ".print p(B1.Xdut) v(n)\n"))
    assert list(waves.signals) == ["P(B1|XDUT)", "V(N)"]
    assert waves.t_ps == pytest.approx([0, 0.05, 0.1])
    assert waves["P(B1|XDUT)"] == pytest.approx([0, 1.25e-3, 4.75e-3])
    assert waves["V(N)"] == pytest.approx([0, 25, 35])


def test_josim_gets_a_deck_that_prints_every_junction(tmp_path, monkeypatch):
    script = (
        "deck = pathlib.Path(sys.argv[-1]).read_text()\nassert sys.argv[1:] == ['-m', '-o', 'out.csv', 'deck.cir']\n"
        "assert deck.count('.print') == 1 and '.print p(B1.Xdut)' in deck, deck\n"
        f"pathlib.Path('out.csv').write_text({CSV!r})"
    )
    stand_in(tmp_path, monkeypatch, "josim-cli", "v2.6.8", script)
    assert list(run_josim(parse_deck(DECK)).signals) == ["P(B1|XDUT)"]


def test_josim_troubles_are_told_in_one_line(tmp_path, monkeypatch):
    deck = parse_deck(DECK)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(run_josim, deck) == (
        "josim-cli is not on PATH; remedy: build JoSIM 2.6 or later and put josim-cli on PATH"
    )
    program = stand_in(tmp_path, monkeypatch, "josim-cli", "v2.5.1")
    assert refusal(run_josim, deck).startswith(f"{program}: josim-cli 2.5 is too old; allowed: 2.6 or later")
    stand_in(tmp_path, monkeypatch, "josim-cli", "what?")
    assert refusal(run_josim, deck).startswith(f"{program}: josim-cli does not tell its version")
    stand_in(tmp_path, monkeypatch, "josim-cli", "v2.7", "print('Error: Unknown control')\nsys.exit(1)")
    assert refusal(run_josim, deck) == "josim-cli stopped: Error: Unknown control"
    stand_in(tmp_path, monkeypatch, "josim-cli", "v2.7", "print('all is well')")
    assert refusal(run_josim, deck) == "deck: josim-cli wrote no result: all is well"
    stand_in(tmp_path, monkeypatch, "josim-cli", "v2.7", "pathlib.Path('out.csv').write_text('time\\n0\\n')")
    assert "josim-cli gave no column P(B1|XDUT)" in refusal(run_josim, deck)
    stand_in(tmp_path, monkeypatch, "josim-cli", "v2.7", "import time\ntime.sleep(60)")
    assert refusal(run_josim, deck, timeout_s=0.5).startswith("josim-cli did not finish in 0.5 s")


def test_ngspice_troubles_are_told_in_one_line(tmp_path, monkeypatch):
    deck = parse_deck(DECK)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(run_ngspice, deck) == "ngspice is not on PATH; remedy: apt-get install ngspice"
    stand_in(tmp_path, monkeypatch, "ngspice", "** ngspice-25 : Circuit level simulation program")
    assert "ngspice 25 is too old; allowed: 30 or later" in refusal(run_ngspice, deck)
    script = "print('x'); print('doAnalyses: TRAN:  Timestep too small; time = 1e-12'); sys.exit(1)"
    stand_in(tmp_path, monkeypatch, "ngspice", "** ngspice-39 :", script)
    assert refusal(run_ngspice, deck) == "ngspice stopped: doAnalyses: TRAN:  Timestep too small; time = 1e-12".replace(
        "  ", " "
    )


def test_an_engine_by_name():
    assert external_engine("ngspice").name == "ngspice"
    assert external_engine("josim").name == "josim"
    assert refusal(external_engine, "spectre") == "no engine spectre; allowed: josim, ngspice"


def raw(points, flags="real") -> bytes:
    head = f"Title: t\nFlags: {flags}\nNo. Variables: 2\nNo. Points: {len(points)}\nVariables:\n"
    head += "\t0\ttime\ttime\n\t1\tv(phase_b1)\tvoltage\nBinary:\n"
    return head.encode() + np.array(points, dtype="<f8").tobytes()


def test_raw_file():
    table = read_raw(raw([[0.0, 1.0], [1e-12, 2.5]]))
    assert table["time"].tolist() == [0.0, 1e-12]
    assert table["v(phase_b1)"].tolist() == [1.0, 2.5]


@pytest.mark.parametrize("data", [b"", b"Binary:\n", raw([[0.0, 1.0]])[:-4], b"Title: x\nNo. Points: 1\n" * 3])
def test_damaged_raw_file(data):
    assert refusal(read_raw, data) == "ngspice's result is no binary raw file"


def test_last_words_of_a_program():
    assert reason("a\nWarning: x\nsingular matrix\n") == "singular matrix"
    assert reason("first\nlast\n\n") == "last"
    assert reason("") == "no message"


def test_ngspice_text():
    text = write_ngspice(parse_deck(DECK + ".print p(B1.Xdut)\n"))
    assert ".subckt jj_jjmit plus minus phase ic=1m" in text
    assert "x_b1_xdut n_n 0 phase_b1_xdut jj_jjmit ic=0.00025" in text
    assert ".tran 5e-14 1e-13 0 5e-14 uic" in text
    assert ".print tran v(phase_b1_xdut)" in text
    assert all(len(line) < 260 for line in text.splitlines())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (".temp 4.2", "deck: thermal noise is not available with ngspice; "
                      "remedy: use the built-in engine, or delete .temp"),
        ("I2 0 n noise(1e-12 0 1p)", "I2: a noise source is not available with ngspice; "
                                     "remedy: use the built-in engine"),
        (".print v(R1.Xdut,I1)", "V(R1|XDUT,I1): the difference of two device voltages is not available with ngspice; "
                                 "remedy: print the two voltages"),
    ],
)  # fmt: skip
def test_what_ngspice_cannot_do_is_refused(line, message):
    assert refusal(write_ngspice, parse_deck(f"{DECK}{line}\n")) == message
