"""Biases that are off as drawn come back to the middle of their margins."""

import pytest

from cells.neuron import neuron
from sfqgen.errors import SfqgenError
from sfqgen.netlist.bias import with_bias_scales
from sfqgen.netlist.circuit import Bias
from sfqgen.netlist.flatten import flatten
from sfqgen.recentre import MOST_PCT, recentred
from sfqgen.timing.use import Use

SIZE = {"inputs": 2, "levels": 2}


@pytest.fixture(scope="module")
def schematic():
    return neuron(**SIZE)


def biases(circuit):
    return [f"{bias.name}|{name}" for name, cell in circuit.cells.items() for bias in cell.of_kind(Bias)]


def test_starved_circuit_gets_its_bias_back(schematic):
    """All biases 12 % low as drawn: the low side of the margin is short by that, and most of it comes back."""
    drawn = flatten(with_bias_scales(schematic, [(name, 0.88) for name in biases(schematic)]))
    found = recentred(schematic, drawn, Use(reset="frame", **SIZE), 0.0)
    assert 5 <= found.common_pct <= MOST_PCT
    assert dict(found.scales) == dict.fromkeys(biases(schematic), 1 + found.common_pct / 100)
    assert found.after["g_bias"][0] < found.before["g_bias"][0] - 5
    told = found.as_dict()
    assert told["common_pct"] == found.common_pct
    assert [row["name"] for row in told["margins"]] == ["g_bias"]
    assert told["why"][0].endswith(f"moved by {found.common_pct:+g} %")
    assert told["why"][-1] == "single biases stay: no margin is asked for"


def test_one_bias_that_is_off_is_found_and_moved_alone(schematic):
    """A swallow cell's storing loop has lost a fifth of its current; the other biases are as designed."""
    off = "I_s|swallow"
    drawn = flatten(with_bias_scales(schematic, [(off, 0.8)]))
    steps = []
    found = recentred(schematic, drawn, Use(reset="frame", **SIZE), 25.0, steps.append)
    moved = dict(found.scales)
    assert moved[off] > max(factor for name, factor in moved.items() if name != off)
    assert min(-found.after[off][0], found.after[off][1]) > min(-found.before[off][0], found.before[off][1])
    assert any(line.startswith(f"{off}: margin ") and "moved by +" in line for line in found.why)
    assert any(step.startswith("bias margins against 25 %") for step in steps)


def test_circuit_that_breaks_its_law_is_not_centred(schematic):
    dead = flatten(with_bias_scales(schematic, [(name, 0.3) for name in biases(schematic)]))
    with pytest.raises(SfqgenError, match="the nominal circuit does not meet the criterion"):
        recentred(schematic, dead, Use(reset="frame", **SIZE), 0.0)


def test_unknown_bias_is_refused(schematic):
    with pytest.raises(SfqgenError, match=r"circuit neuron\w*: no bias I_none\|jtl; allowed: I_"):
        with_bias_scales(schematic, [("I_none|jtl", 1.1)])
