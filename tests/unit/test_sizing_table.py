"""The sizing table answers lengths fast, and stays what the field solver says about the film stack."""

import subprocess
import sys
from importlib.resources import files

import pytest

from pdk_sfq5ee.process import Process, nominal, table
from sfqgen.errors import SfqgenError
from sfqgen.extract import sizing
from sfqgen.extract.stack import stack_hash
from sfqgen.extract.table import (
    corner_shortens_um,
    inductance_of,
    length_for,
    line_inductance_ph_per_um,
    mutual_ph_per_um,
    pad_shortens_um,
    via_ph,
)


def test_committed_table_is_that_of_the_present_stack():
    assert table("line_inductance")["stack"] == stack_hash()


@pytest.mark.parametrize(("line", "w"), [("M6/M4/M7", 0.35), ("M6/M4/M7", 1.0), ("M5/M4", 0.7), ("M1/M0/M2", 4.4)])
def test_committed_lines_match_the_solver(line, w):
    data = table("line_inductance")
    assert data["lines"][line][data["width_um"].index(w)] == pytest.approx(sizing.line_ph_per_um(line, w), rel=1e-4)


def test_committed_pair_matches_the_solver():
    data = table("line_inductance")
    stored = data["pairs"]["M5-M6/M4/M7"][data["pair_width_um"].index(0.7)][data["offset_um"].index(0.5)]
    assert stored == pytest.approx(sizing.mutual_ph_per_um("M5-M6/M4/M7", 0.7, 0.5), rel=1e-4)


def test_interpolation_between_tabulated_widths_and_distances():
    assert line_inductance_ph_per_um("M6", 1.55) == pytest.approx(sizing.line_ph_per_um("M6/M4/M7", 1.55), rel=5e-4)
    value = mutual_ph_per_um("M6", "M5", 0.85, 0.6, above=None)
    assert value == pytest.approx(sizing.mutual_ph_per_um("M5-M6/M4", 0.85, 0.6), rel=0.01)


def test_length_is_the_inverse_of_inductance():
    length = length_for(3.2, "M6", 0.9, corners=3)
    assert inductance_of(length, "M6", 0.9, corners=3) == pytest.approx(3.2, rel=1e-12)
    assert length > length_for(3.2, "M6", 0.9)


def test_committed_corners_and_vias_match_the_3d_solver():
    data = table("line_inductance")
    widths, sides = data["corner_width_um"], data["via_um"]
    assert data["corners"]["M6/M4/M7"][widths.index(1.0)] == round(sizing.corner_saves_w("M6/M4/M7", 1.0), 3)
    assert data["vias"]["I5/M4"][sides.index(0.5)] == pytest.approx(sizing.via_ph("M4", 0.5), abs=0.0011)
    stored = data["pads"]["M6/M4/M7"][data["pad_width_um"].index(1.0)][data["pad_um"].index(2.5)]
    assert stored == pytest.approx(sizing.pad_saves_um("M6/M4/M7", 1.0, 2.5), abs=0.0011)


def test_pads_by_size():
    # The current leaves at the rim of the contact, 0.35 um inside the pad, and spreads before it gets there.
    assert 2.5 / 2 - 0.35 < pad_shortens_um("M6", 1.0, 2.5) < 2.5 / 2
    assert pad_shortens_um("M6", 1.0, 2.2) == pytest.approx(sizing.pad_saves_um("M6/M4/M7", 1.0, 2.2), abs=0.03)
    assert pad_shortens_um("M6", 0.7, 5.0) == pad_shortens_um("M6", 0.7, 3.0)
    length = length_for(3.2, "M6", 0.9, corners=1, pads_um=(2.0, 2.5))
    assert inductance_of(length, "M6", 0.9, corners=1, pads_um=(2.0, 2.5)) == pytest.approx(3.2, rel=1e-12)
    assert length > length_for(3.2, "M6", 0.9, corners=1) + 1.5
    with pytest.raises(SfqgenError, match=r"no sizing curve for M5/M4/M7 \(line/planes\); allowed: M6/M4, M6/M4/M7"):
        pad_shortens_um("M5", 1.0, 2.0)


def test_tables_go_on_where_they_ended(tmp_path, monkeypatch):
    """Figures in the cache are not computed again; the text is that of the committed file."""
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path))
    data = table("line_inductance")
    rows = {"line": (data["lines"], data["width_um"]), "corner": (data["corners"], data["corner_width_um"]),
            "via": ({k.removeprefix("I5/"): v for k, v in data["vias"].items()}, data["via_um"])}  # fmt: skip
    kept = 0
    for job in sizing.jobs():
        kind, name, *at = job
        if kind == "pair":
            row, column = data["pair_width_um"].index(at[0]), sizing.distances(name).index(at[1])
            value = data["pairs"][name][row][column]
        elif kind == "pad":
            value = data["pads"][name][data["pad_width_um"].index(at[0])][data["pad_um"].index(at[1])]
        else:
            value = rows[kind][0][name][rows[kind][1].index(at[0])]
        if job != ("pad", "M6/M4/M7", 1.4, 3.0):
            sizing.keep(job, stack_hash(), value)
            kept += 1
    told = []
    again = sizing.compute(progress=lambda done, total, what: told.append((done, total, what)))
    assert sizing.as_yaml(again) == files("pdk_sfq5ee").joinpath("data", "line_inductance.yaml").read_text()
    assert told[-1] == (kept + 1, kept + 1, "pad M6/M4/M7 1.4 3.0")


def test_corners_and_vias_by_size():
    # 0.56 of a square is the textbook corner of a wide line; over one plane 0.8 w at 1 um (filament solver).
    assert corner_shortens_um("M6", 3.0) / 3.0 == pytest.approx(0.5, abs=0.06)
    assert corner_shortens_um("M6", 1.0, above=None) == pytest.approx(0.8, abs=0.05)
    assert corner_shortens_um("M6", 1.2) == pytest.approx(1.2 * 0.546, abs=0.01)
    assert 0.05 < via_ph(0.65) < via_ph(0.5) < 0.15
    saved = inductance_of(10.0, "M6", 1.0) - inductance_of(10.0, "M6", 1.0, corners=1)
    assert saved == pytest.approx(corner_shortens_um("M6", 1.0) * line_inductance_ph_per_um("M6", 1.0))


def test_outside_of_the_table_is_refused():
    with pytest.raises(SfqgenError, match=r"width of line M6/M4/M7 is 0.1 um, outside the sizing table; allowed"):
        line_inductance_ph_per_um("M6", 0.1)
    with pytest.raises(SfqgenError, match=r"no sizing curve for M6/M5/M7 \(line/planes\); allowed: M6/M4, M6/M4/M7"):
        line_inductance_ph_per_um("M6", 1.0, below="M5")


def test_another_film_stack_asks_for_another_table():
    films = table("layers")
    thicker = [{**f, "thickness_nm": 220} if f["name"] == "M6" else f for f in films["layers"]]
    changed = Process("thick M6", {"layers": {**films, "layers": thicker}})
    assert stack_hash(changed) != stack_hash(nominal())
    with pytest.raises(SfqgenError, match=r"sizing table is for the film stack 1d43\w+, this .* remedy: sfqgen tables"):
        line_inductance_ph_per_um("M6", 1.0, process=changed)


def test_the_table_is_light_to_import():
    code = "import sys, sfqgen.extract.table; print([m for m in ('scipy', 'numba', 'gdsfactory') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
