"""What a gdsfactory user expects of a PDK: layer map, stack, views, connectivity, cross-sections.

Importing this module imports gdsfactory; `import pdk_sfq5ee` alone does not.
"""

from __future__ import annotations

from gdsfactory.technology import LayerMap

from pdk_sfq5ee import layers

Layer = tuple[int, int]


class LAYER(LayerMap):
    """GDS numbers by name; a test holds them equal to `data/layers.yaml`, which says what each layer carries."""

    L0: Layer = (3, 0)
    C0: Layer = (4, 0)
    M0: Layer = (1, 0)
    I0: Layer = (2, 0)
    M1: Layer = (10, 0)
    I1: Layer = (11, 0)
    M2: Layer = (20, 0)
    I2: Layer = (21, 0)
    M3: Layer = (30, 0)
    I3: Layer = (31, 0)
    M4: Layer = (40, 0)
    I4: Layer = (41, 0)
    M5: Layer = (50, 0)
    J5: Layer = (51, 0)
    R5: Layer = (52, 0)
    I5: Layer = (54, 0)
    C5J: Layer = (55, 0)
    C5R: Layer = (56, 0)
    M6: Layer = (60, 0)
    I6: Layer = (61, 0)
    M7: Layer = (70, 0)
    I7: Layer = (71, 0)
    M8: Layer = (80, 0)

    TERM: Layer = (19, 0)
    R5_TEXT: Layer = (52, 11)
    M6_PIN: Layer = (60, 5)
    PORT_TEXT: Layer = (182, 0)
    TEXT: Layer = (18, 0)
    ERROR1: Layer = (101, 0)
    ERROR2: Layer = (102, 0)
    ERROR3: Layer = (103, 0)
    LABEL_SETTINGS: Layer = (202, 0)
    LABEL_INSTANCE: Layer = (206, 0)
    ERROR_PATH: Layer = (1000, 0)


CONNECTIVITY = layers.connectivity()
