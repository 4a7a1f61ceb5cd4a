"""One circuit drawn in many ways is one circuit."""

from __future__ import annotations

import pytest

from sfqgen.extract.recognise import recognise
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import compare
from tests.lvs.sketch import draw, netlist
from tests.lvs.variants import VARIANTS, write


@pytest.mark.parametrize("name", VARIANTS)
def test_variant_matches_the_same_netlist(name: str, tmp_path):
    sketch = draw()
    write(name, sketch.layout, sketch.cell, tmp_path / "x.gds")
    found = recognise(*read_layout(tmp_path / "x.gds", any_unit=True))
    result = compare(found, netlist())
    assert result.match, result.text()
    assert (result.count("junction"), result.count("inductor"), result.count("resistor")) == (3, 5, 4)
    assert result.notes == ()


def test_variants_change_the_drawing(tmp_path):
    """No variant may be the unchanged file."""
    sketch = draw()
    sketch.layout.write(str(tmp_path / "plain.gds"))
    for name in VARIANTS:
        sketch = draw()
        write(name, sketch.layout, sketch.cell, tmp_path / "x.gds")
        assert (tmp_path / "x.gds").read_bytes() != (tmp_path / "plain.gds").read_bytes(), name
