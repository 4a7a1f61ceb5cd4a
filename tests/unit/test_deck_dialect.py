"""Reading decks: each spelling of the JoSIM dialect gives the circuit that it means."""

import math

import pytest

from sfqgen.netlist.circuit import GROUND, Instance, Line, Mutual
from sfqgen.netlist.deck import Probe, Spread, Tran
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.josim_read import parse_deck, read_deck

MODEL = ".model jjmit jj(rtype=1, vg=2.8mV, cap=0.07pF, r0=160, rn=16, icrit=0.1mA)\n"
JTL = """
.subckt JTL a q
.param ic=2.5
.param l=2.07p
B1 1 2 jjmit area=ic
LP1 2 0 0.3p
L1 a 1 l
L2 1 q l
.ends JTL
"""


def value(line: str, field: str, head: str = "") -> float:
    return getattr(parse_deck(f"{head}{line}\n").circuit.elements[0], field)


@pytest.mark.parametrize(
    ("text", "ph"),
    [("2.07p", 2.07), ("2.07E-012", 2.07), ("2.07e-12H", 2.07), ("2070f", 2070e-3), ("0.00207n", 2.07), (".5pH", 0.5),
     ("2.07pH", 2.07), ("1u", 1e6), ("1m", 1e9), ("3", 3e12), ("5meg", 5e18), ("5x", 5e18), ("1k", 1e15), ("1g", 1e21),
     ("1t", 1e24), ("5F", 5e-3)],
)  # fmt: skip
def test_unit_suffixes_are_exact(text, ph):
    assert value(f"L1 1 0 {text}", "l_ph") == ph


def test_values_of_the_circuit_are_decimal_not_binary():
    circuit = parse_deck(f"{MODEL}L1 1 0 2.07p\nI1 0 1 pwl(0 0 0.3p 350u)\nB1 1 0 jjmit area=1.1\n").circuit
    assert circuit["L1"].l_ph == 2.07
    assert circuit["I1"].wave.values == (0.0, 0.0, 0.3, 350.0)
    assert circuit["B1"].ic_ua == 110.0


def test_expressions():
    deck = ".param a=2 b={3*a}\n.param c1 = (a+b)^2/4 - 2*-a\n.param d=sqrt(c1*c1)+log10(100)+min(1, 2)\nR1 1 0 d\n"
    assert value(deck, "r_ohm") == 16 + 4 + 2 + 1
    assert value(".param x=-2^2\n.param y=2^3^2+x\nR1 1 0 y\n", "r_ohm") == 512 - 4
    assert value("R1 1 0 {2 * (1 + 2)}\n", "r_ohm") == 6
    assert value("R1 1 0 '2*3'\n", "r_ohm") == 6
    assert value("R1 1 0 2*cos(pi)+3\n", "r_ohm") == pytest.approx(1.0, abs=1e-15)
    assert value("L1 1 0 PHI_ZERO/(4*250u)\n", "l_ph") == pytest.approx(2.067833831170082, rel=1e-15)


def test_parameters_come_in_any_order_and_inner_scopes_win():
    deck = f"""{MODEL}
.subckt CELL p
.param r=inner*2
.param inner=outer+1
R1 p 0 r
R2 p 0 OUTER
.ends
.param r=7
X1 1 CELL
R3 1 0 r
.param outer=later
.param later=10
"""
    circuit = parse_deck(deck).circuit
    assert [element.r_ohm for element in circuit.cells["CELL"]] == [22, 10]
    assert circuit["R3"].r_ohm == 7


def test_a_long_chain_of_parameters_is_no_recursion():
    chain = "\n".join(f".param p{i}=p{i + 1}+1" for i in range(5000))
    assert value(f"{chain}\n.param p5000=1\nR1 1 0 p0\n", "r_ohm") == 5001


def test_comments_continuations_and_case():
    deck = """* title
# hash comment
    ; another
I1 0 N1 PWL(0 0 10p 0
* a comment in between
   + 15p 600u   ; the rest of the line is a comment
+17p 0)
r1 n1 GND 2 $ dollar comment
R2 N1 gnd 3
"""
    deck = parse_deck(deck)
    assert deck.header == ("title", "hash comment", "another")
    assert deck.circuit["I1"].wave.values == (0, 0, 10, 0, 15, 600, 17, 0)
    assert deck.circuit.nodes() == [GROUND, "N1"]
    assert [deck.circuit["R1"].minus, deck.circuit["r2"].plus] == [GROUND, "N1"]


def test_windows_line_ends_and_text_after_end():
    assert [e.name for e in parse_deck("R1 1 0 2\r\n.END\r\nthis is not read\r\n").circuit] == ["R1"]


def test_both_instance_orders_and_definitions_after_use():
    circuit = parse_deck(f"{MODEL}X1 JTL n1 n2\nX2 n2 n3 jtl\n{JTL}").circuit
    assert circuit["X1"] == Instance("X1", "JTL", ("n1", "n2"))
    assert circuit["X2"] == Instance("X2", "JTL", ("n2", "n3"))
    assert circuit.cells["JTL"]["B1"].ic_ua == 250.0


def test_nested_definitions_are_local():
    deck = """
.subckt OUT a
.subckt PART p
R1 p 0 1
.ends PART
X1 a PART
.ends OUT
.subckt PART p
R1 p 0 2
.ends
X1 1 OUT
X2 1 PART
"""
    flat = flatten(parse_deck(deck).circuit)
    assert {e.name: e.r_ohm for e in flat} == {"R1|X1|X1": 1, "R1|X2": 2}


def test_instance_values_replace_elements_and_parameters():
    deck = f"{MODEL}{JTL}X1 JTL 1 2\nX2 JTL 2 3 L1=5p B1=3\nX3 3 4 JTL l=4p\nX4 4 5 JTL L1=5p B1=3\n"
    circuit = parse_deck(deck).circuit
    flat = flatten(circuit)
    assert [flat[f"L1|X{i}"].l_ph for i in (1, 2, 3, 4)] == [2.07, 5, 4, 5]
    assert [flat[f"L2|X{i}"].l_ph for i in (1, 2, 3)] == [2.07, 2.07, 4]
    assert [flat[f"B1|X{i}"].ic_ua for i in (1, 2)] == [250, 300]
    assert circuit["X1"].cell == "JTL"


def test_ground_passed_as_a_port_falls_away():
    circuit = parse_deck(".subckt CELL 0 a\nR1 a 0 2\n.ends\nX1 CELL 0 n\n").circuit
    assert circuit.cells["CELL"].ports == ("a",)
    assert circuit["X1"].nodes == ("n",)


def test_a_node_vdd_in_a_subcircuit_is_not_the_rail():
    deck = ".subckt CELL a\nV1 vdd 0 dc 1m\nR1 vdd a 1\n.ends\nX1 1 CELL\nX2 1 CELL\nR0 1 0 1\n.print v(vdd.X1)\n"
    deck = parse_deck(deck)
    flat = flatten(deck.circuit)
    assert flat["R1|X1"].plus != flat["R1|X2"].plus
    assert deck.probes[0].names == (flat["R1|X1"].plus,)


def test_a_port_called_vdd_connects():
    flat = flatten(parse_deck(".subckt CELL a vdd\nR1 vdd a 1\n.ends\nX1 CELL n1 supply\n").circuit)
    assert flat["R1|X1"].plus == "supply"


def test_junctions():
    deck = f"{MODEL}B1 1 2 jjmit\nB2 1 2 77 JJMIT area=2.5\nB3 1 2 jjmit ic=150u\nB4 1 2 jjmit AREA = 1+1\n"
    circuit = parse_deck(deck).circuit
    assert [b.ic_ua for b in circuit] == [100, 250, 150, 200]
    assert {b.model for b in circuit} == {"jjmit"}


def test_model_defaults_are_josims():
    model = parse_deck(".model m jj()\nB1 1 0 m\n").circuit.models["m"]
    assert (model.rtype, model.vg_uv, model.icrit_ua, model.rn_ohm) == (1, 2800, 1000, 5)
    assert (model.r0_ohm, model.cap_pf, model.delv_uv, model.ic_factor) == (30, 2.5, 100, math.pi / 4)


def test_model_spellings():
    deck = """
.MODEL m1 JJ(RTYPE=0, ICRIT= 250uA CAP=1.32PF rN=90)
.model m2 jj rtype=1 vgap=2.6m ic=1m c=5p icfact=0.7 delv=0.2m
.model m3 jj(icrit={a*2}, rn=sqrt(16)+1, d=0, phi=0, cpr=1)
.param a=50u
B1 1 0 m1
"""
    models = parse_deck(deck).circuit.models
    assert (models["m1"].rtype, models["m1"].icrit_ua, models["m1"].cap_pf, models["m1"].rn_ohm) == (0, 250, 1.32, 90)
    assert (models["m2"].vg_uv, models["m2"].icrit_ua, models["m2"].ic_factor) == (2600, 1000, 0.7)
    assert (models["m3"].icrit_ua, models["m3"].rn_ohm) == (100, 5)


def test_normal_resistance_from_the_temperature():
    """Ambegaokar-Baratoff: well below tc, Ic Rn = pi Delta / 2e with Delta = 1.76 k tc."""
    rn = parse_deck(".model m jj(icrit=0.1m, t=0.5, tc=9.1)\nB1 1 0 m\n").circuit.models["m"].rn_ohm
    assert rn * 100 == pytest.approx(math.pi / 2 * 1.76 * 1.380649e-23 * 9.1 / 1.602176634e-19 * 1e6, rel=1e-4)


def test_local_models_come_before_global_ones():
    deck = f"{MODEL}.subckt S a\n.model jjmit jj(icrit=0.2m)\nB1 a 0 jjmit\n.ends\n.subckt T a\nB1 a 0 jjmit\n.ends\n"
    circuit = parse_deck(f"{deck}X1 1 S\nX2 1 T\n").circuit
    assert [circuit.cells[name]["B1"].ic_ua for name in "ST"] == [200, 100]


def test_sources():
    deck = """
.param peak=600u
.tran 0.5p 200p
I1 0 1 pulse(0 peak 20p 2p 2p 1p 100p)
I2 0 1 pulse(0 1m)
V1 1 0 sin(0 811mV 5GHz 150ps 0)
V2 2 0 sin(1m 2m)
I3 0 1 exp(0 1m 10p 5p 60p 8p)
I4 0 1 exp(0 1m)
I5 0 1 dc 5u
I6 0 1 7u
I7 0 1 dc(8u)
P1 1 0 pwl(0 0 5p 2*pi)
I8 0 1 pwl(5p 1u 10p 2u)
"""
    circuit = parse_deck(deck).circuit
    assert circuit["I1"].wave.values == (0, 600, 20, 2, 2, 1, 100)
    assert circuit["I2"].wave.values == (0, 1000, 0, 0.5, 0.5, 200, 200)
    assert circuit["V1"].wave.values == (0, 811000, 0.005, 150, 0)
    assert circuit["V2"].wave.values == (1000, 2000, 0.005, 0, 0)
    assert circuit["I3"].wave.values == (0, 1000, 10, 5, 60, 8)
    assert circuit["I4"].wave.values == (0, 1000, 0, 0.5, 0.5, 0.5)
    assert [circuit[f"I{k}"].wave.values for k in (5, 6, 7)] == [(5,), (7,), (8,)]
    assert circuit["P1"].wave.values == (0, 0, 5, 2 * math.pi)
    assert circuit["I8"].wave.values == (0, 0, 5, 1, 10, 2)  # JoSIM starts from zero


def test_noise_source_keeps_its_rms_value():
    """JoSIM draws A gauss / sqrt(2 TSTEP)."""
    wave = parse_deck("I1 0 1 noise(1e-12 5p 1p)\nR1 1 0 1\n").circuit["I1"].wave
    assert (wave.kind, wave.values[1:]) == ("noise", (5, 1))
    assert wave.values[0] == pytest.approx(1e-12 / math.sqrt(2e-12) * 1e6)


def test_wave_file(tmp_path):
    (tmp_path / "wave.dat").write_text("0 2 1\n")
    (tmp_path / "d.cir").write_text("I1 0 1 cus(wave.dat 10p 1u 1 5p)\nI2 0 1 cus(wave.dat 10p 1u 0)\nR1 1 0 1\n")
    circuit = read_deck(tmp_path / "d.cir").circuit
    assert circuit["I1"].wave.values == (0, 0, 5, 0, 15, 0, 15, 0, 25, 2, 25, 2, 35, 1, 35, 1, 35, 0)
    assert circuit["I2"].wave.values == (0, 0, 0, 0, 0, 0, 10, 0, 10, 2, 20, 2, 20, 1, 30, 1, 30, 0)


def test_lines_and_couplings():
    deck = "T1 a 0 q 0 lossless z0=5.3 td=10p\nL1 a 0 2p fcheck\nl2 q 0 3p\nK1 l1 L2 -0.5\nT2 a 0 q 0 TD={5p*2} Z0=2\n"
    circuit = parse_deck(deck).circuit
    assert circuit["T1"] == Line("T1", "a", "0", "q", "0", 5.3, 10)
    assert circuit["K1"] == Mutual("K1", "L1", "l2", -0.5)
    assert circuit["T2"].td_ps == 10


@pytest.mark.parametrize(
    ("line", "tran"),
    [(".tran 0.25p 200p 0", Tran(0.25, 200)), (".tran 0.1p 1n 10p 0.4p", Tran(0.1, 1000, 10, 0.4)),
     (".tran 0.5p 600p 0 0.25p UIC", Tran(0.25, 600, 0, 0.25)), (".tran s 1n DST", Tran(0.05, 1000)),
     (".tran 0.1p", Tran(0.1, 1000)), (".control\ntran 0.1p 50p\n.endc", Tran(0.1, 50))],
)  # fmt: skip
def test_transient_analysis(line, tran):
    assert parse_deck(f".param s=0.05p\nR1 1 0 1\n{line}\n").tran == tran


def test_other_commands():
    lines = ["R1 1 0 1 temp=4.2 neb=1G", "L1 1 0 1p", ".temp 4.2", ".neb 1T", ".spread 0.2 L=0.1 B=0.05",
             ".file out.csv"]  # fmt: skip
    deck = parse_deck("\n".join(lines))
    assert (deck.temperature_k, deck.noise_bandwidth_hz) == (4.2, 1e12)
    assert deck.spread == Spread(0.2, inductors=0.1, junctions=0.05)
    assert [(s.element, s.key, s.value) for s in deck.settings] == [("R1", "temp", 4.2), ("R1", "neb", 1e9)]
    assert deck.notes == ("deck:6: .file has no effect",)


def test_include_is_read_in_place(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "cells.inc").write_text(f".include models.inc\n{JTL}")
    (tmp_path / "lib" / "models.inc").write_text(MODEL)
    (tmp_path / "d.cir").write_text("* top\nX1 JTL a b\n.include 'lib/cells.inc'\n")
    assert read_deck(tmp_path / "d.cir").circuit.cells["JTL"]["B1"].ic_ua == 250


def test_include_from_an_allowed_folder(tmp_path):
    (tmp_path / "cells.inc").write_text(JTL + MODEL)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.cir").write_text(".include ../cells.inc\nX1 JTL a b\n")
    assert read_deck(tmp_path / "sub" / "d.cir", include_from=[tmp_path]).circuit["X1"].cell == "JTL"


def test_a_library_file_has_cells_and_no_top():
    deck = parse_deck(MODEL + JTL)
    assert deck.circuit.elements == ()
    assert deck.cell("jtl").ports == ("a", "q")


PROBED = f"""{MODEL}{JTL}
.subckt PAIR a q
X1 JTL a m
X2 JTL m q
R1 m 0 5
.ends
XP PAIR in out
Vin in 0 dc 1m
Rload out 0 2
"""


@pytest.mark.parametrize(
    ("line", "probes"),
    [
        (".print v(in) p(B1.X1.XP) i(L1|X2|XP)",
         [("V(IN)", "node"), ("P(B1|X1|XP)", "device"), ("I(L1|X2|XP)", "device")]),
        (".plot tran v(in,out) v(in,0), c(Rload) V(Vin)",
         [("V(IN,OUT)", "node"), ("V(IN,0)", "node"), ("I(RLOAD)", "device"), ("V(VIN)", "device")]),
        (".print DEVV rload\n.print DEVI Vin", [("V(RLOAD)", "device"), ("I(VIN)", "device")]),
        (".print phase B1.X1.XP B1.X2.XP", [("P(B1|X1|XP)", "device"), ("P(B1|X2|XP)", "device")]),
        (".print NODEV in 0\n.print nodep out", [("V(IN,0)", "node"), ("P(OUT)", "node")]),
        (".save @Rload[c] @B1.X1.XP[p] Vin#branch L1.X1.XP#branch",
         [("I(RLOAD)", "device"), ("P(B1|X1|XP)", "device"), ("I(VIN)", "device"), ("I(L1|X1|XP)", "device")]),
        (".print v(1.X1.XP) v(m.XP) v(a.XP) v(q.X1.XP)",
         [("V(1|X1|XP)", "node"), ("V(M|XP)", "node"), ("V(IN)", "node")]),
        (".print p(B1.X1.XP,B1.X2.XP)", [("P(B1|X1|XP,B1|X2|XP)", "device")]),
    ],
)  # fmt: skip
def test_output_requests(line, probes):
    assert [(p.label, p.of) for p in parse_deck(f"{PROBED}{line}\n").probes] == probes


def test_probe_names_are_those_of_the_flat_circuit():
    deck = parse_deck(PROBED + ".print p(b1.x1.xp)\n.print v(1.x2.xp)\n")
    flat = flatten(deck.circuit)
    assert deck.probes == (Probe("p", "device", ("B1|X1|XP",)), Probe("v", "node", ("1|X2|XP",)))
    assert flat[deck.probes[0].names[0]].plus == "1|X1|XP"
    assert deck.probes[1].names[0] in flat.nodes()
