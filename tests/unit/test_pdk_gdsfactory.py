"""What a gdsfactory user finds: one layer map everywhere, stack, views, cross-sections, a session with the PDK."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET

import pytest

import pdk_sfq5ee
from pdk_sfq5ee import layers, process, rules
from pdk_sfq5ee.views import lyp_text, views


def test_layer_map_equals_the_data_file():
    assert {layer.name: (layer.layer, layer.datatype) for layer in pdk_sfq5ee.LAYER} == layers.numbers()


def test_layer_file_of_klayout_shows_exactly_the_layer_map():
    sources = [member.findtext("source") for member in ET.fromstring(lyp_text()).iter("group-members")]
    assert sorted(sources) == sorted(f"{n}/{d}@1" for n, d in layers.numbers().values())


def test_gdsfactory_views_and_klayout_file_say_the_same(tmp_path):
    """Written by gdsfactory and by the kit, the two layer files agree in number, colours, fill and visibility."""
    theirs = tmp_path / "theirs.lyp"
    pdk_sfq5ee.LAYER_VIEWS.to_lyp(theirs)
    fields = ("frame-color", "fill-color", "dither-pattern", "visible")

    def shown(text):
        return {
            member.findtext("source").split("@")[0]: tuple(member.findtext(field) for field in fields)
            for member in ET.fromstring(text).iter("group-members")
        }

    own = shown(lyp_text())
    assert shown(theirs.read_text()) == own
    assert len(own) == len(layers.numbers())


def test_every_layer_has_its_own_look():
    looks = [(v.fill, v.frame, v.pattern) for v in views() if v.name in {f.name for f in layers.films()}]
    assert len(looks) == 23
    assert len(set(looks)) == 23


def test_layer_stack_has_every_film_at_its_height():
    stack = pdk_sfq5ee.LAYER_STACK.layers
    assert list(stack) == [film.name for film in layers.films()]
    for film in layers.films():
        level = stack[film.name]
        assert (level.zmin, level.thickness) == (film.z0_um, film.thickness_um)
        assert level.layer.layer == pdk_sfq5ee.LAYER[film.name]
    assert (stack["M6"].material, stack["R5"].material, stack["I5"].material) == ("Nb", "Mo", "Nb")
    assert stack["I5"].info["oxide"] == "SiO2"
    assert (stack["M6"].info["thickness_tol_um"], stack["M6"].info["lambda_um"]) == (0.015, 0.09)


def test_layer_stack_follows_an_overlay(tmp_path):
    from pdk_sfq5ee.tech import get_layer_stack

    path = tmp_path / "lab.yaml"
    path.write_text("layers: {M5: {thickness_nm: 150}}\n")
    assert get_layer_stack(process.overlay(path)).layers["M7"].zmin == pytest.approx(2.830)


@pytest.mark.parametrize(("name", "layer", "width"), [
    ("m6_inductor", "M6", rules.width("M6")), ("m5_inductor", "M5", rules.width("M5")), ("bias_line", "M6", 1.4),
    ("vdd_rail", "M0", 3.0), ("ptl_m1", "M1", 4.4), ("ptl_m3", "M3", 4.4), ("resistor_strip", "R5", 1.15),
])  # fmt: skip
def test_cross_sections(name, layer, width):
    section = pdk_sfq5ee.CROSS_SECTIONS[name]()
    assert (section.layer, section.width) == (layer, width)
    assert width >= rules.width(layer)
    assert section.sections[0].port_types == ("electrical", "electrical")
    assert section.name == name
    assert pdk_sfq5ee.CROSS_SECTIONS[name](width=5.0).width == 5.0


def test_public_names():
    assert set(pdk_sfq5ee.__all__) <= set(dir(pdk_sfq5ee))
    assert all(hasattr(pdk_sfq5ee, name) for name in pdk_sfq5ee.__all__)
    assert pdk_sfq5ee.__version__.count(".") == 2
    assert pdk_sfq5ee.PDK is pdk_sfq5ee.get_pdk()
    with pytest.raises(AttributeError, match="module 'pdk_sfq5ee' has no attribute 'NO_SUCH'"):
        pdk_sfq5ee.NO_SUCH  # noqa: B018


def test_every_cell_is_documented_and_takes_flat_typed_values():
    flat = {"float", "int", "str", "bool", "float | None", "int | None", "str | None", "tuple[str, ...]"}
    for name, cell in pdk_sfq5ee.PDK.cells.items():
        assert "Args:" in cell.__doc__, name
        annotations = dict(cell.__annotations__)
        assert "Component" in str(annotations.pop("return")), name
        for parameter, kind in annotations.items():
            assert str(kind) in flat, f"{name}({parameter}: {kind})"


def in_a_session(code: str) -> str:
    """Output of a fresh interpreter: the active PDK is a global of gdsfactory."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_users_session():
    out = in_a_session("""
        import gdsfactory as gf
        import pdk_sfq5ee
        from gdsfactory import pdk
        from pdk_sfq5ee import LAYER, PDK
        print("active at import:", pdk._ACTIVE_PDK)
        PDK.activate()
        tile = gf.get_component("moat_tile")
        section = gf.get_cross_section("m6_inductor", width=1.2)
        line = gf.path.extrude(gf.Path([(0, 0), (20, 0)]), section)
        print(tile.name.split("_P")[0], [p.layer == LAYER.M6 for p in line.ports], section.width)
        c = gf.Component("mine")
        left = c.add_ref(gf.get_component("junction", ic_ua=200.0))
        via = c.add_ref(gf.get_component("via_stack", bottom="M4", top="M6"))
        via.connect("top_w", left.ports["plus_e"], allow_width_mismatch=True)
        print(left.cell.info["ic_ua"] == 200, via.ports["top_w"].center == left.ports["plus_e"].center)
        print(gf.get_layer("M6") == LAYER.M6, PDK.name, PDK.version)
    """)
    assert out.splitlines() == [
        "active at import: None", "moat_tile [True, True] 1.2", "True True",
        f"True pdk_sfq5ee {pdk_sfq5ee.__version__}",
    ]  # fmt: skip


def test_cells_draw_with_no_pdk_or_another_one_active():
    out = in_a_session("""
        import klayout.db as kdb
        import gdsfactory as gf
        from pdk_sfq5ee.cells.tiles import bias_pillar
        from pdk_sfq5ee.cells.vias import via_stack
        print(len(bias_pillar().ports))
        gf.gpdk.PDK.activate()
        c = via_stack(bottom="M4", top="M6")
        numbers = [(40, 0), (41, 0), (50, 0), (54, 0), (60, 0)]
        print([not c.dbbox(c.kcl.layout.layer(*n)).empty() for n in numbers])
    """)
    assert out.splitlines() == ["6", "[True, True, True, True, True]"]
