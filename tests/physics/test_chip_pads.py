"""A chip at its pads: currents into the converters, the level at the output; schematic circuits, takes seconds."""

from dataclasses import replace

import numpy as np
import pytest

from sfqgen.chip.bench import record_core
from sfqgen.chip.circuit import chip_circuit
from sfqgen.chip.confirm import pad_levels, verify_core
from sfqgen.netlist.circuit import Bias
from sfqgen.netlist.flatten import flatten
from sfqgen.timing.count import outcome
from sfqgen.timing.exercise import exercises
from sfqgen.timing.use import Use

USE = Use(inputs=2, levels=2)


@pytest.fixture(scope="module")
def core():
    return flatten(chip_circuit(inputs=2, levels=2))


def faults(report):
    return [row.name.split(",")[0] for row in report.criteria if not row.passed]


def without_bias(core, name):
    return replace(core, elements=tuple(replace(e, i_ua=1.0) if e.name == name else e for e in core))


@pytest.mark.parametrize("reset", ["frame", "self"])
def test_the_law_holds_at_the_pads(reset):
    circuit = chip_circuit(inputs=2, levels=3, reset=reset)
    report = verify_core(circuit, Use(inputs=2, levels=3, reset=reset), view="schematic")
    assert faults(report) == []
    assert [level.k for level in report.levels if level.volleys and not level.errors] == [1, 2, 3]


def test_an_output_converter_that_does_not_speak_fails_at_the_pad_alone(core):
    assert isinstance(core["I_o|X_c_out"], Bias)
    found = faults(verify_core(without_bias(core, "I_o|X_c_out"), USE, view="schematic"))
    assert "output pad" in found
    assert not any("frames" in name for name in found)


def test_an_input_converter_that_does_not_fire_breaks_the_law(core):
    report = verify_core(without_bias(core, "I_1|X_c_tick"), USE, view="schematic")
    assert "stray pulses at the pins" in faults(report)
    assert sum(level.errors for level in report.levels) > 0


def test_each_pulse_turns_the_level_that_is_read(core):
    todo = exercises(USE)[:1]
    (pins, pad), = record_core(core, todo)
    done = outcome(pins, todo[0])
    read = list(pad_levels(pad, done))
    assert len(read) == len(done.frames)
    assert {level.high for level in read} == {True, False}
    assert all(level.right for level in read)
    silent = list(pad_levels(np.array([]), done))
    assert [level.right for level in silent] == [not level.high for level in silent]


def test_a_level_that_was_never_read_is_not_met(core, monkeypatch):
    monkeypatch.setattr("sfqgen.chip.confirm.LEAST_PS", 1e6)
    rows = [row for row in verify_core(core, USE, view="schematic").criteria if row.unit in ("levels wrong", "uV")]
    assert [(row.measured, row.passed) for row in rows] == 3 * [(None, False)]
