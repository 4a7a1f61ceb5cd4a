"""Device cells, one family per module: junctions, resistors, vias, plane tiles, bias feed, transformers, pads, fill.

Cell functions take flat numbers and text only; lengths in um, currents in uA, resistances in ohm. They draw with the
safe values of `data/rules.yaml` on the 5 nm grid and work with any active gdsfactory PDK or none.
"""
