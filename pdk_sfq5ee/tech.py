"""What a gdsfactory user expects of a PDK: layer map, stack, views, connectivity, cross-sections.

Importing this module imports gdsfactory; `import pdk_sfq5ee` alone does not.
"""

from __future__ import annotations

from functools import lru_cache

import gdsfactory as gf
from gdsfactory.cross_section import CrossSection
from gdsfactory.technology import LayerLevel, LayerMap, LayerStack, LayerView, LayerViews, LogicalLayer
from gdsfactory.technology.layer_views import HatchPattern

from pdk_sfq5ee import layers, rules
from pdk_sfq5ee.process import Process, constant, figure
from pdk_sfq5ee.views import patterns, table, views

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
    SLOT: Layer = (207, 0)
    ERROR1: Layer = (101, 0)
    ERROR2: Layer = (102, 0)
    ERROR3: Layer = (103, 0)
    LABEL_SETTINGS: Layer = (202, 0)
    LABEL_INSTANCE: Layer = (206, 0)
    ERROR_PATH: Layer = (1000, 0)


@lru_cache
def get_layer_stack(process: Process | None = None) -> LayerStack:
    """The 23 masked films, z in um from the bottom of M0. A via level is the niobium that fills the hole."""
    return LayerStack(layers={film.name: _level(film) for film in layers.films(process)})


def _level(film: layers.Film) -> LayerLevel:
    is_hole = film.kind in ("via", "contact")
    info = {"oxide": film.material} if is_hole else {}
    info |= {"lambda_um": film.lambda_um} if film.lambda_um is not None else {}
    # In `info`, because the field for it has another name in newer releases of gdsfactory.
    info |= {"thickness_tol_um": film.thickness_tol_um} if film.thickness_tol_um is not None else {}
    return LayerLevel(
        name=film.name, layer=LogicalLayer(layer=LAYER[film.name]), thickness=film.thickness_um,
        zmin=film.z0_um, material="Nb" if is_hole else film.material,
        mesh_order=1 if is_hole else 2, info=info,
    )  # fmt: skip


@lru_cache
def get_layer_views() -> LayerViews:
    """Colours and fills in groups, from `data/views.yaml` like the KLayout layer file."""
    groups = {}
    for group in table("views")["groups"]:
        members = {view.name: _view(view) for view in views() if view.group == group}
        groups[group] = LayerView(name=group, visible=any(m.visible for m in members.values()), group_members=members)
    own = {
        name: HatchPattern(name=name, order=order, custom_pattern="\n".join(rows))
        for order, (name, rows) in enumerate(patterns().items(), start=1)
    }
    return LayerViews(layer_views=groups, custom_dither_patterns=own, layers=LAYER)


def _view(view) -> LayerView:
    return LayerView(
        name=view.name, layer=view.gds, fill_color=view.fill, frame_color=view.frame, hatch_pattern=view.pattern,
        visible=view.visible, transparent=view.transparent, width=1, info=view.holds,
    )  # fmt: skip


LAYER_STACK = get_layer_stack()
LAYER_VIEWS = get_layer_views()
CONNECTIVITY = layers.connectivity()


def _line(width: float, layer: str) -> CrossSection:
    """A strip of one metal with square corners and electrical ports `e1`, `e2`."""
    return gf.cross_section.cross_section(
        width=width, layer=layer, port_names=("e1", "e2"), port_types=("electrical", "electrical"), radius=None,
        radius_min=0,
    )  # fmt: skip


@gf.xsection
def m6_inductor(width: float = rules.width("M6"), layer: str = "M6") -> CrossSection:
    """Inductor on M6 over the ground plane M4, under the sky plane M7; width in um."""
    return _line(width, layer)


@gf.xsection
def m5_inductor(width: float = rules.width("M5"), layer: str = "M5") -> CrossSection:
    """Inductor on M5, the base electrode level, close over the ground plane M4; width in um."""
    return _line(width, layer)


@gf.xsection
def bias_line(width: float = figure("geometry", "frame", "bias_width"), layer: str = "M6") -> CrossSection:
    """M6 lead from a bias resistor to its node; width in um."""
    return _line(width, layer)


@gf.xsection
def vdd_rail(width: float = figure("geometry", "frame", "vdd_strip_width"), layer: str = "M0") -> CrossSection:
    """Bias rail on M0 through the top tile row; width in um."""
    return _line(width, layer)


@gf.xsection
def ptl_m1(width: float = constant("ptl_width"), layer: str = "M1") -> CrossSection:
    """Transmission line on M1 between M0 and M2, about 5.3 ohm where both planes are closed; width in um."""
    return _line(width, layer)


@gf.xsection
def ptl_m3(width: float = constant("ptl_width"), layer: str = "M3") -> CrossSection:
    """Transmission line on M3 between M2 and M4, about 5.3 ohm where both planes are closed; width in um."""
    return _line(width, layer)


@gf.xsection
def resistor_strip(width: float = figure("process", "resistor_sizing", "width_um"), layer: str = "R5") -> CrossSection:
    """Resistor film R5; width in um."""
    return _line(width, layer)


CROSS_SECTIONS = {
    function.__name__: function
    for function in (m6_inductor, m5_inductor, bias_line, vdd_rail, ptl_m1, ptl_m3, resistor_strip)
}
