"""The transformer table of the kit is what the cross-section solver finds."""

from __future__ import annotations

import pytest

from pdk_sfq5ee.process import table
from sfqgen.extract.cross_section import Mesh, Strip, line_matrix, planes
from sfqgen.extract.stack import slabs

ROWS = table("process")["transformer_pH_per_um"]["rows"]


@pytest.mark.parametrize("row", [r for r in ROWS if r["w_um"] == 1.0], ids=lambda r: f"slot {r['slot_um']}")
def test_transformer_table_against_the_solver(row):
    films, half, slot = slabs(), row["w_um"] / 2, row["slot_um"] / 2
    strips = [Strip("m5", films["M5"], -half, half), Strip("m6", films["M6"], -half, half)]
    strips += planes([films["M4"], films["M7"]], -half, half, (-slot, slot) if slot else None)
    strips += planes([films["M0"]], -half, half)
    nets, matrix = line_matrix(strips, "ground", Mesh(0.03, 0.3))
    assert nets == ["m5", "m6"]
    assert (matrix[0, 0], matrix[1, 1], matrix[0, 1]) == pytest.approx((row["l5"], row["l6"], row["m"]), rel=0.01)
