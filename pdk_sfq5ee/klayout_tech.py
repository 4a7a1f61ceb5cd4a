"""The KLayout technology, made from the data files: `python -m pdk_sfq5ee.klayout_tech` writes it into `klayout/`.

The files are committed so that KLayout users need no Python; a test holds them up to date. The design-rule deck beside
them is written from the same rules by the checker that shares them.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import figure
from pdk_sfq5ee.views import lyp_text

NAME = "sfq5ee"
FOLDER = Path(__file__).parent / "klayout"


def technology_files() -> dict[str, str]:
    """File name to text of the technology and its layer colours."""
    return {f"{NAME}.lyt": lyt_text(), f"{NAME}.lyp": lyp_text()}


def lyt_text() -> str:
    """The technology file: database unit, layer colours, plain GDS output and what connects to what."""
    root = ET.Element("technology")
    for key, value in (
        ("name", NAME), ("description", "SFQ5ee (public-derived, not the foundry's kit)"), ("group", ""),
        ("dbu", f"{figure('geometry', 'grid', 'dbu') / 1000:g}"), ("base-path", ""), ("original-base-path", ""),
        ("layer-properties_file", f"{NAME}.lyp"), ("add-other-layers", "true"),
    ):  # fmt: skip
        ET.SubElement(root, key).text = value
    gds2 = ET.SubElement(ET.SubElement(root, "writer-options"), "gds2")
    ET.SubElement(gds2, "write-timestamps").text = "false"
    connectivity = ET.SubElement(root, "connectivity")
    for below, via, above in layers.connectivity():
        ET.SubElement(connectivity, "connection").text = f"{below},{via},{above}"
    for film in layers.films():
        ET.SubElement(connectivity, "symbols").text = f"{film.name}='{film.gds[0]}/{film.gds[1]}'"
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


if __name__ == "__main__":
    for name, text in technology_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
