"""The circuit model: names, hierarchy, and the two views of one object."""

import subprocess
import sys

import pytest

from sfqgen.errors import SfqgenError
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Bias, Circuit, CurrentSource, Inductor, Junction, Mutual, Resistor, VoltageSource
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import lvs_view, sim_view


def jtl() -> Circuit:
    cell = CellBuilder("jtl", ("a", "q"))
    cell.l("1", "a", "n1", 2.07)
    cell.jj("j1", "n1", ic_ua=250)
    cell.l("2", "n1", "m", 2.07)
    cell.bias("1", "m", 350)
    cell.l("3", "m", "n2", 2.07)
    cell.jj("j2", "n2", ic_ua=250)
    cell.l("4", "n2", "q", 2.07)
    return cell.done()


def chain() -> Circuit:
    top = CellBuilder("chain", ())
    top.pulses("in", "x0", [20.0])
    top.inst("a", jtl(), "x0", "x1")
    top.inst("b", jtl(), "x1", "x2")
    top.load("o", "x2")
    return top.done()


def test_names_that_differ_only_in_case_are_refused():
    with pytest.raises(SfqgenError, match=r"circuit c, element l1: the name is taken by L1; remedy: names"):
        Circuit("c", (), (Inductor("L1", "a", "0", 1.0), Inductor("l1", "b", "0", 1.0)))
    with pytest.raises(SfqgenError, match=r"node D1 is spelt d1 elsewhere"):
        Circuit("c", (), (Inductor("L1", "d1", "0", 1.0), Inductor("L2", "D1", "0", 1.0)))


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ((Junction("L1", "a", "0", 100.0),), "the name of a Junction starts with B"),
        ((Mutual("K1", "L1", "L2", 0.5),), "L1 is no inductor of this circuit"),
        ((Junction("B1", "a", "0", 100.0, "other"),), "unknown junction model other"),
    ],
)
def test_a_circuit_refuses_what_no_simulator_could_run(elements, message):
    with pytest.raises(SfqgenError, match=message):
        Circuit("c", (), elements)


def test_flat_names_put_the_leaf_first_and_keep_top_nodes():
    flat = flatten(chain())
    assert len(flat.of_kind(Junction)) == 4
    assert flat["L_4|X_a"].minus == flat["L_1|X_b"].plus == "x1"
    assert flat["RB_j1|X_a"].of == "B_j1|X_a"
    assert flat["LP_j1|X_b"].minus == "0"


def test_the_layout_view_has_no_leads_and_bias_resistors_to_the_rail():
    lvs = lvs_view(flatten(chain()))
    assert lvs["B_j1|X_a"].minus == "0"
    assert lvs["RB_j1|X_a"].minus == "0"
    assert lvs["RI_1|X_b"].r_ohm == pytest.approx(2600 / 350)
    assert not lvs.of_kind(CurrentSource)
    assert not [e for e in lvs if e.name.startswith(("LP_", "LRB_", "R_o", "I_in"))]
    assert lvs["LB_1|X_a"].l_ph == 2.0  # the drawn line from bias resistor to node stays


def test_the_simulation_view_keeps_leads_and_biases_by_source_or_by_resistor():
    by_source, by_resistor = sim_view(chain()), sim_view(chain(), bias="resistor")
    assert flatten(by_source)["I_1|X_a"].wave.values == (0.0, 0.0, 10.0, 350.0)
    flat = flatten(by_resistor)
    assert flat["RI_1|X_a"].plus == flat["V_RAIL"].plus == "vdd"
    assert len(flat.of_kind(VoltageSource)) == 1
    assert not flat.of_kind(Bias)
    assert flat["LRB_j1|X_a"].l_ph == pytest.approx(685.9904418 / 250 / 2 * 1.13 + 0.5)


def test_both_views_know_the_same_drawn_elements():
    flat = flatten(chain())
    drawn = {e.name for e in lvs_view(flat)} - {f"RI_1|X_{i}" for i in "ab"}
    assert drawn <= {e.name for e in flatten(sim_view(chain()))}


def test_floating_junctions_keep_both_nodes():
    cell = CellBuilder("c", ("a", "b"))
    cell.jj("s", "a", "b", ic_ua=80)
    view = lvs_view(cell.done())
    assert (view["B_s"].plus, view["B_s"].minus) == ("a", "b")
    assert (view["RB_s"].plus, view["RB_s"].minus) == ("a", "b")
    assert isinstance(view["RB_s"], Resistor)


LIGHT = ["sfqgen.spec", "sfqgen.netlist.flatten", "sfqgen.sim", "sfqgen.extract", "pdk_sfq5ee"]


@pytest.mark.parametrize("module", LIGHT)
def test_only_the_layout_imports_gdsfactory(module):
    code = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('gdsfactory', 'kfactory', 'matplotlib')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
