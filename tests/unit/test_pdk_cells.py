"""Every device cell over the range of its parameters: clean by the design rules, on the grid, with ports and a name."""

from __future__ import annotations

import itertools

import gdsfactory as gf
import klayout.db as kdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdk_sfq5ee import PDK, layers, process, rules
from pdk_sfq5ee.cells.fill import dummy_junction
from pdk_sfq5ee.cells.junction import junction
from pdk_sfq5ee.cells.pads import bond_pad, dc_pad
from pdk_sfq5ee.cells.pins import pin_m6
from pdk_sfq5ee.cells.resistor import bias_resistor, leak_resistor
from pdk_sfq5ee.cells.tiles import CORNERS, EDGES, MAY_BE_FRAME, MAY_BE_PLANE, bias_pillar, moat_tile, vdd_strip
from pdk_sfq5ee.cells.transformer import transformer
from pdk_sfq5ee.cells.vias import ground_stitch, via_stack
from pdk_sfq5ee.errors import PdkError
from sfqgen.verify.drc import load_rules, run_drc

GRID_NM = 5
METAL_PAIRS = list(itertools.combinations(layers.metals(), 2))
RULES = load_rules()


def um(low: float, high: float, step: float = 0.01):
    """Lengths on the grid."""
    return st.integers(round(low / step), round(high / step)).map(lambda n: round(n * step, 4))


def some_of(names):
    return st.lists(st.sampled_from(names), unique=True).map(tuple)


RANGES = {
    "via_stack": st.builds(
        lambda pair, rows: {"bottom": pair[0], "top": pair[1], "rows": rows},
        st.sampled_from(METAL_PAIRS), st.integers(1, 6),
    ),
    "ground_stitch": st.fixed_dictionaries({"rows": st.integers(1, 50)}),
    "moat_tile": st.fixed_dictionaries({
        "planes": some_of(MAY_BE_PLANE), "frames": some_of(MAY_BE_FRAME), "without_moats": some_of(CORNERS),
        "opening_um": st.just(0.0) | um(0.5, 2.8) | um(5.4, 7.4), "opened": some_of(MAY_BE_PLANE),
        "vdd_strip": st.booleans(), "vdd_arms": some_of(EDGES),
    }),
    "vdd_strip": st.fixed_dictionaries({"length_um": um(1.0, 1000.0)}),
    "bias_pillar": st.fixed_dictionaries({"without_moats": some_of(CORNERS), "vdd_arms": some_of(EDGES).filter(bool)}),
    "pin_m6": st.fixed_dictionaries({"name": st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
                                     "number": st.integers(1, 999), "width_um": um(0.8, 2.0)}),
    "transformer": st.fixed_dictionaries({
        "length_um": um(2.0, 60.0), "w5_um": um(0.86, 2.0), "w6_um": um(0.8, 2.0),
        "slot_um": st.just(0.0) | um(2.0, 6.0), "slot_planes": some_of(("M4", "M7")),
    }),
    "bond_pad": st.fixed_dictionaries({"size_um": um(10.0, 200.0)}),
    "dc_pad": st.fixed_dictionaries({"size_um": um(20.0, 150.0), "rows": st.integers(1, 50),
                                     "metal": st.sampled_from(["M0", "M1", "M2", "M3", "M4", "M5", "M6"])}),
    "dummy_junction": st.fixed_dictionaries({"size_um": um(1.5, 3.0), "with_m4": st.booleans()}),
    "junction": st.fixed_dictionaries({
        "ic_ua": st.floats(50.0, 325.0), "r_ohm": st.none() | st.just(0.0) | st.floats(2.2, 14.0),
        "grounded": st.booleans(),
    }),
    "bias_resistor": st.builds(lambda i, w: {"i_ua": i, "w_um": w}, st.floats(20.0, 300.0), um(1.15, 2.0, 0.05)),
    "leak_resistor": st.fixed_dictionaries({"r_ohm": st.floats(0.1, 10.0)}),
    "die_tile": st.fixed_dictionaries({"arms": some_of(EDGES)}),
    "pad_tile": st.fixed_dictionaries({"pad": st.just("w"), "arms": some_of(("e", "n", "s")).filter(bool),
                                       "gap_um": um(10.0, 40.0)}),
    "pad_block": st.builds(lambda tiles, size: {"tiles": tiles, "size_um": size},
                           st.integers(3, 6), um(40.0, 100.0)),
}  # fmt: skip
NO_PORTS = {"moat_tile", "dummy_junction", "die_tile"}
PARTS = {"bias_pillar", "pad_tile"}
"""They lead on elsewhere: the first has a test of its own, the second is tested on a whole die."""


def clean(c: gf.Component) -> dict[str, int]:
    """Findings by rule, warnings included."""
    return run_drc(c.kcl.layout, c.kdb_cell, RULES).counts


def drawn(c: gf.Component, layer: str) -> kdb.Region:
    return kdb.Region(c.begin_shapes_rec(c.kcl.layout.layer(*layers.gds(layer))))


def over_planes(c: gf.Component) -> gf.Component:
    """The part between closed planes: the via of a grounded junction ends on them."""
    bed = gf.Component()
    bed.add_ref(c)
    for plane in ("M4", "M7"):
        bed.shapes(bed.kcl.layout.layer(*layers.gds(plane))).insert(c.bbox().to_itype(0.001).enlarged(2_000))
    return bed


def off_grid(c: gf.Component) -> list[str]:
    """Vertices and ports off the 5 nm grid."""
    found = []
    for index in c.kcl.layout.layer_indexes():
        region = kdb.Region(c.begin_shapes_rec(index))
        found += [f"{c.kcl.layout.get_info(index)} {pair}" for pair in region.grid_check(GRID_NM, GRID_NM).each()]
    for port in c.ports:
        x, y = (round(1000 * v, 3) for v in port.center)
        if x % GRID_NM or y % GRID_NM:
            found.append(f"port {port.name} at {x}, {y}")
    return found


def test_every_cell_of_the_kit_has_its_range_here():
    assert set(RANGES) == set(PDK.cells)


@pytest.mark.parametrize("name", sorted(set(RANGES) - PARTS))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_cell_is_clean_over_its_range(name, data):
    c = PDK.cells[name](**data.draw(RANGES[name]))
    assert clean(over_planes(c) if c.info.model_dump().get("grounded") else c) == {}
    assert off_grid(c) == []
    assert bool(list(c.ports)) != (name in NO_PORTS)
    assert all(port.port_type == "electrical" for port in c.ports)
    assert not c.bbox().empty()


@pytest.mark.parametrize("pair", METAL_PAIRS, ids="-".join)
def test_via_stack_between_any_two_metals(pair):
    bottom, top = pair
    c = via_stack(bottom=bottom, top=top)
    assert clean(c) == {}
    assert c.ports["bottom_w"].layer == c.kcl.layout.layer(*layers.gds(bottom))
    assert c.ports["top_e"].layer == c.kcl.layout.layer(*layers.gds(top))
    first, *_, last = [c.info["vias"].split("+")[0], *c.info["vias"].split("+")]
    trace, x_low, x_high = Tracer(c), via_x(c, first), via_x(c, last)
    assert trace.net(bottom, x_low, 0) == trace.net(top, x_high, 0)


class Tracer:
    """Which metal hangs together in a cell, through its vias."""

    def __init__(self, c: gf.Component) -> None:
        layout = c.kcl.layout
        self.trace = kdb.LayoutToNetlist(kdb.RecursiveShapeIterator(layout, c.kdb_cell, []))
        self.regions = {f.name: self.trace.make_layer(layout.layer(*f.gds), f.name) for f in layers.films()}
        for region in self.regions.values():
            self.trace.connect(region)
        for below, via, above in layers.connectivity():
            self.trace.connect(self.regions[below], self.regions[via])
            self.trace.connect(self.regions[via], self.regions[above])
        self.trace.extract_netlist()

    def net(self, metal: str, x_um: float, y_um: float) -> int:
        net = self.trace.probe_net(self.regions[metal], kdb.DPoint(x_um, y_um))
        assert net is not None, f"no {metal} at {x_um}, {y_um}"
        return net.cluster_id


def array(rows: int, columns: int, **of_row) -> gf.Component:
    """An array of tiles; `row2=cell` puts another cell into row 2."""
    c = gf.Component()
    for x, y in itertools.product(range(columns), range(rows)):
        c.add_ref(of_row.get(f"row{y}", moat_tile())).move((10.0 * x, 10.0 * y))
    return c


def test_ground_stitch_joins_the_planes():
    c = ground_stitch()
    x0, x1 = via_x(c, "I4"), via_x(c, "I5")
    trace = Tracer(c)
    assert len({trace.net("M4", x0, 0), trace.net("M5", x1, 0), trace.net("M6", x1, 0), trace.net("M7", x0, 0)}) == 1


def via_x(c: gf.Component, via: str) -> float:
    return c.dbbox(c.kcl.layout.layer(*layers.gds(via))).center().x


def test_tiles_join_m0_to_m4_on_their_shared_corners_and_leave_the_sky_to_the_stitches():
    trace = Tracer(array(2, 2))
    assert trace.net("M0", 5, 5) == trace.net("M4", 5, 5)
    assert trace.net("M7", 5, 5) != trace.net("M4", 5, 5)


def test_the_rail_is_no_ground_and_its_pillar_takes_it_up():
    trace = Tracer(array(3, 3, row1=bias_pillar()))
    assert trace.net("M0", 15, 15) == trace.net("M0", 1, 15)
    assert trace.net("M0", 15, 15) == trace.net("M6", 15, 15)
    assert trace.net("M0", 15, 15) != trace.net("M0", 15, 5)
    assert trace.net("M0", 15, 5) == trace.net("M4", 15, 11) == trace.net("M0", 10, 10)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(parameters=RANGES["bias_pillar"])
def test_bias_pillar_alone_breaks_no_rule(parameters):
    c = bias_pillar(**parameters)
    assert clean(c) == {}  # a part: its pads lead on elsewhere
    assert off_grid(c) == []
    assert {port.name for port in c.ports} >= {"vdd", *(f"rail_{edge}" for edge in parameters["vdd_arms"])}


@pytest.mark.parametrize("without", [(), ("sw",), ("ne", "se"), CORNERS])
def test_bias_pillar_is_clean_where_it_feeds_a_junction(without):
    """With its load it hangs on ground through the junction."""
    c = array(2, 2, row1=bias_pillar(without_moats=without))
    resistor = c.add_ref(bias_resistor(i_ua=420.0, w_um=1.15))
    resistor.rotate(180).move((5.0, 11.4))
    load = c.add_ref(junction(ic_ua=250.0))
    load.rotate(270).move((5.0, 5.0))
    top, bottom = resistor.ports["start"].center, resistor.ports["end"].center
    for y0, y1 in ((top[1] - 0.5, 13.0), (5.0, bottom[1] + 0.5)):
        c.shapes(c.kcl.layout.layer(*layers.gds("M6"))).insert(kdb.DBox(4.5, y0, 5.5, y1))
    report = run_drc(c.kcl.layout, c.kdb_cell, RULES)
    assert [v for v in report.violations if v.severity == "error"] == []


def test_tiles_abut_without_a_seam():
    """Inside an array the half webs are whole: the full width holds without the waiver of the outline."""
    c = array(4, 4, row2=moat_tile(vdd_strip=True))
    inside = kdb.Region(kdb.Box(5_000, 5_000, 35_000, 35_000))
    for plane in ("M0", "M4", "M7"):
        metal = drawn(c, plane).merged()
        thin = metal.width_check(round(1000 * rules.width(plane)), metrics=kdb.Metrics.Projection).polygons(1)
        assert (thin & inside).is_empty(), plane
    assert clean(c) == {}


def test_moats_lie_over_one_another_and_can_be_filled_one_by_one():
    def holes(c, plane):
        tile = kdb.Region(kdb.Box(0, 0, 10_000, 10_000))
        return tile - drawn(c, plane)

    c = moat_tile()
    assert holes(c, "M0").area() == holes(c, "M4").area() == holes(c, "M7").area()
    assert (holes(c, "M0") ^ holes(c, "M7")).is_empty()
    assert holes(c, "M4").count() == 4
    assert 0.19 <= c.info["open_fraction"] <= 0.24  # as the public library
    for n in range(5):
        assert holes(moat_tile(without_moats=CORNERS[:n]), "M4").count() == 4 - n


def test_tile_reproduces_the_public_frame():
    """Corner vias, webs and pads where abutting cells of the ColdFlux library have them."""
    c = moat_tile(planes=("M4", "M7"), frames=())
    vias = {name: sorted(box_of(p) for p in drawn(c, name).each()) for name in ("I0", "I1", "I2", "I3")}
    rising, falling = [(350, 350), (9050, 9050)], [(350, 9050), (9050, 350)]
    assert vias == {"I0": falling, "I1": rising, "I2": falling, "I3": rising}


def box_of(polygon) -> tuple[int, int]:
    assert polygon.bbox().width() == polygon.bbox().height() == 600
    return polygon.bbox().left, polygon.bbox().bottom


def test_pin_carries_name_port_label_and_terminal():
    from sfqgen.extract.labels import read_labels

    c = pin_m6(name="clk", number=3)
    labels = read_labels(c.kcl.layout, c.kdb_cell)
    assert [(p.name, p.plus, p.minus, p.x_um, p.y_um) for p in labels.ports] == [("P3", "M6", "M4", 0.0, 0.0)]
    assert [p.name for p in labels.pins] == ["clk"]
    assert len(labels.markers) == 1
    assert labels.problems == ()


def test_transformer_info_is_the_two_dimensional_table():
    """Table of the cross-section solver, 12 um of 1 um lines under 3 um slots: M 3.29 pH, k 0.57."""
    info = transformer(length_um=12.0, w5_um=1.0, w6_um=1.0, slot_um=3.0).info
    assert (info["l5_ph"], info["l6_ph"], info["m_ph"]) == pytest.approx((5.94, 5.676, 3.288))
    assert info["m_ph"] / (info["l5_ph"] * info["l6_ph"]) ** 0.5 == pytest.approx(0.57, abs=0.005)
    closed = transformer(length_um=12.0, w5_um=1.0, w6_um=1.0, slot_um=0.0).info
    assert closed["m_ph"] / (closed["l5_ph"] * closed["l6_ph"]) ** 0.5 == pytest.approx(0.31, abs=0.005)
    assert "m_ph" not in transformer(slot_planes=("M4",)).info
    assert "m_ph" not in transformer(w5_um=1.4).info


def test_transformer_slot_opens_the_chosen_planes_only():
    def is_open(c, plane):
        box = kdb.Region(kdb.Box(9_000, 4_000, 11_000, 4_200))
        return (box & drawn(c, plane)).is_empty()

    for planes in ((), ("M4",), ("M7",), ("M4", "M7")):
        c = transformer(slot_planes=planes)
        assert {p for p in ("M0", "M4", "M7") if is_open(c, p)} == set(planes)


def test_a_line_over_an_unmarked_hole_is_still_found():
    """The SLOT mark excuses its own opening and nothing else."""
    c = transformer(length_um=12.0)
    other = gf.Component()
    for index in c.kcl.layout.layer_indexes():
        if not c.kcl.layout.get_info(index).is_equivalent(kdb.LayerInfo(*layers.gds("SLOT"))):
            other.shapes(index).insert(c.begin_shapes_rec(index))
    assert set(clean(other)) == {"M5.MOAT", "M6.MOAT"}


@pytest.mark.parametrize("r_ohm", [0.1, 0.25, 0.65, 1.0, 4.7, 10.0])
def test_leak_resistor_draws_what_it_says(r_ohm):
    """Drawn metal read back: the law of parallel strips gives the nominal value; the spread covers the film's 15 %."""
    from pdk_sfq5ee import sizing

    c = leak_resistor(r_ohm=r_ohm)
    strips = [p.bbox() for p in drawn(c, "R5").merged().each()]
    contacts = drawn(c, "C5R").merged()
    conductance = 0.0
    for strip in strips:
        low, high = sorted((p.bbox() for p in (contacts & kdb.Region(strip)).each()), key=lambda b: b.bottom)
        conductance += 1 / sizing.strip_ohm((high.bottom - low.top) / 1000, strip.width() / 1000, low.width() / 1000)
    assert 1 / conductance == pytest.approx(c.info["r_ohm"], abs=1e-4)
    assert c.info["r_ohm"] == pytest.approx(r_ohm, rel=0.01)
    assert 0.15 * r_ohm * 0.9 <= c.info["r_spread_ohm"] <= 0.25 * r_ohm


def test_via_stack_current_counts_its_rows():
    assert via_stack(rows=3).info["ic_ma"] == 3 * process.constant("min_line_or_via_ic")


# ---- names: two parameter sets that differ anywhere must differ in name and geometry ----


@pytest.mark.parametrize("name", sorted(RANGES))
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_distinct_parameters_give_distinct_cells(name, data):
    one, other = data.draw(RANGES[name]), data.draw(RANGES[name])
    a, b = PDK.cells[name](**one), PDK.cells[name](**other)
    assert (a.name == b.name) == (one == other)
    assert (a.cell_index() == b.cell_index()) == (one == other)


def test_cells_are_drawn_alike_in_two_layouts(tmp_path):
    """The same bytes from the same parameters."""
    for attempt in ("one", "two"):
        layout = gf.kcl.__class__(f"PDK_BYTES_{attempt}")
        target = layout.kcell("t")
        source = transformer(length_um=17.0)
        for index in source.kcl.layout.layer_indexes():
            info = source.kcl.layout.get_info(index)
            target.shapes(layout.layout.layer(info)).insert(source.begin_shapes_rec(index))
        options = kdb.SaveLayoutOptions()
        options.write_context_info = False
        options.gds2_write_timestamps = False
        layout.layout.write(str(tmp_path / f"{attempt}.gds"), options)
    assert (tmp_path / "one.gds").read_bytes() == (tmp_path / "two.gds").read_bytes()


# ---- refusals ----

REFUSED = [
    (lambda: via_stack(bottom="M6", top="M5"), "top holds 'M5'; allowed: M7, M8"),
    (lambda: via_stack(bottom="M9"), "bottom holds 'M9'; allowed: L0, M0, M1, M2, M3, M4, M5, M6, M7"),
    (lambda: via_stack(rows=0), "rows is 0; allowed: 1 to 50"),
    (lambda: via_stack(via_um=1.5), "via_um of I5 is 1.5; allowed: 0.7 to 1.2 um"),
    (lambda: via_stack(via_um=0.705), "via_um of I5 is 0.705; allowed: whole multiples of 0.01 um"),
    (lambda: moat_tile(planes=("M5",)), "planes holds 'M5'; allowed: M0, M1, M2, M3, M4, M7"),
    (lambda: moat_tile(frames=("M3",)), "frames holds 'M3'; allowed: M1, M2"),
    (lambda: moat_tile(without_moats=("n",)), "without_moats holds 'n'; allowed: sw, se, nw, ne"),
    (lambda: moat_tile(opening_um=9.0), "opening_um is 9; allowed: 0.5 to 7.4 um"),
    (lambda: moat_tile(opening_um=4.0), "opening_um is 4, which leaves a sliver to a moat; "
     "allowed: up to 2.8 um, or 5.4 um and more; remedy: or fill all moats of the tile"),
    (lambda: moat_tile(vdd_arms=("x",)), "vdd_arms holds 'x'; allowed: n, e, s, w"),
    (lambda: bias_pillar(vdd_arms=()),
     "vdd_arms is empty, so nothing feeds the pillar; allowed: one or more of n, e, s, w"),
    (lambda: vdd_strip(length_um=0.0), "length_um is 0; allowed: 1 to 1000 um"),
    (lambda: vdd_strip(length_um=float("nan")), "length_um is nan; allowed: 1 to 1000 um"),
    (lambda: pin_m6(name="a b"), "pin name is 'a b'; allowed: 1 to 32 letters, digits and underscores"),
    (lambda: pin_m6(number=0), "number is 0; allowed: 1 to 999"),
    (lambda: pin_m6(width_um=2.5), "width_um is 2.5; allowed: 0.8 to 2 um"),
    (lambda: transformer(length_um=1.0), "length_um is 1; allowed: 2 to 200 um"),
    (lambda: transformer(w5_um=0.5), "w5_um is 0.5; allowed: 0.85 to 2 um"),
    (lambda: transformer(slot_um=1.0), "slot_um is 1; allowed: 1.5 to 6 um"),
    (lambda: transformer(slot_planes=("M0",)), "slot_planes holds 'M0'; allowed: M4, M7"),
    (lambda: bond_pad(size_um=5.0), "size_um is 5; allowed: 10 to 500 um"),
    (lambda: dc_pad(metal="M7"), "metal holds 'M7'; allowed: M0, M1, M2, M3, M4, M5, M6"),
    (lambda: dummy_junction(size_um=3.5), "size_um is 3.5; allowed: 1.5 to 3 um"),
]  # fmt: skip


@pytest.mark.parametrize(("draw", "message"), REFUSED, ids=[message.split(";")[0] for _, message in REFUSED])
def test_refused_parameters_are_one_line(draw, message):
    with pytest.raises(PdkError) as caught:
        draw()
    assert str(caught.value) == message
