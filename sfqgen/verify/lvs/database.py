"""The comparison as a KLayout LVS database (`.lvsdb`), to browse nets, devices and mismatches over the layout.

The recognised devices and the contacts of their nodes are handed to klayout's own LVS engine, which builds nets from
them, compares with the netlist and writes the cross reference. Its verdict on the connections is returned, so that two
engines look at every comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import klayout.db as kdb

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.files import whole
from sfqgen.verify.lvs.graph import SPECIAL, Device, Graph
from sfqgen.verify.lvs.result import LvsResult
from sfqgen.verify.lvs.values import Tolerances, tolerances

# klayout knows classes of its own by a template, and older versions read no others: a junction is kept as a diode of
# the area that carries its critical current at 100 uA/um2, the rest as what it is, in ohm and henry.
_CLASSES = {
    "J": ("JUNCTION", kdb.DeviceClassDiode, "A", 0.01), "L": ("INDUCTOR", kdb.DeviceClassInductor, "L", 1e-12),
    "R": ("RESISTOR", kdb.DeviceClassResistor, "R", 1.0),
}  # fmt: skip
_DOT = 10  # half of a node mark, in database units: too small to touch a neighbour
_METALS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7")


def write_lvsdb(path: Path | str, found: RecognisedLayout, result: LvsResult) -> bool:
    """Write the database; True when klayout's engine finds the connections equal.

    Raises SfqgenError when the file cannot be written.
    """
    limits = tolerances()
    layout, netlist = result.graphs
    view, top = _marked_nodes(found, layout)
    database = kdb.LayoutVsSchematic(kdb.RecursiveShapeIterator(view, top, []))
    database.generator = "sfqgen"
    _extract(database, view, found, layout, limits)
    database.reference = _netlist(netlist, layout, result, limits)
    comparer = kdb.NetlistComparer()
    _hold_nets(comparer, database, result)
    equal = database.compare(comparer)
    database.clear_log_entries()  # of nets joined by name, which all are here
    with whole(path) as partial:
        database.write(str(partial), False)
    return bool(equal)


def _device_class(kind: str, limits: Tolerances) -> kdb.DeviceClass:
    name, template, parameter, unit = _CLASSES[kind]
    made = template()
    made.name = name
    if kind == "J":  # the ends of the others are exchangeable by themselves
        made.equivalent_terminal_id(1, 0)
    number = made.parameter_id(parameter)
    percent = {"J": limits.junction_pct, "R": max(limits.shunt_pct, limits.resistor_pct), "L": None}[kind]
    least = limits.least_junction_ua * unit if kind == "J" else 0.0
    made.equal_parameters = (
        kdb.EqualDeviceParameters.ignore(number) if percent is None
        else kdb.EqualDeviceParameters(number, least, percent / 100)
    )  # fmt: skip
    return made


def _set_value(device: kdb.Device, kind: str, value: float) -> None:
    _, _, parameter, unit = _CLASSES[kind]
    device.set_parameter(parameter, value * unit)


class _Hand(kdb.GenericDeviceExtractor):
    """Puts devices of one kind, known beforehand, into klayout's netlist."""

    def __init__(self, kind: str, devices: list[tuple[Device, list[tuple[str, kdb.Polygon]]]],
                 limits: Tolerances) -> None:  # fmt: skip
        super().__init__()
        self.kind, self.known, self.limits = kind, devices, limits
        self.name = _CLASSES[kind][0]

    def setup(self) -> None:
        self.define_layer("mark", "one mark for all devices")
        for metal in _METALS:
            self.define_layer(metal, f"contacts on {metal}")
        self.register_device_class(_device_class(self.kind, self.limits))

    def get_connectivity(self, layout: kdb.Layout, layers: list[int]) -> kdb.Connectivity:
        connectivity = kdb.Connectivity()
        connectivity.connect(layers[0])
        return connectivity

    def extract_devices(self, geometry: list[kdb.Region]) -> None:
        for known, ends in self.known:
            device = self.create_device()
            device.name = known.name
            _set_value(device, self.kind, known.value)
            for terminal, (metal, polygon) in enumerate(ends):
                self.define_terminal(device, terminal, 1 + _METALS.index(metal), polygon)


def _extract(database: kdb.LayoutVsSchematic, view: kdb.Layout, found: RecognisedLayout, layout: Graph,
             limits: Tolerances) -> None:  # fmt: skip
    mark = database.make_polygon_layer(view.layer(1, 0), "mark")
    nodes = {m: database.make_polygon_layer(view.layer(10 + i, 0), m) for i, m in enumerate(_METALS)}
    names = {m: database.make_text_layer(view.layer(10 + i, 1), f"{m}_names") for i, m in enumerate(_METALS)}
    for kind in "JLR":
        devices = [(d, list(_ends(d, found))) for d in layout.devices.values() if d.kind == kind]
        if devices:
            database.extract_devices(_Hand(kind, devices, limits), {"mark": mark} | nodes)
    for metal in _METALS:
        database.connect(nodes[metal])
        database.connect(nodes[metal], names[metal])
    database.join_net_names("*")
    database.extract_netlist()


def _ends(device: Device, found: RecognisedLayout) -> Iterator[tuple[str, kdb.Polygon]]:
    """For each terminal a contact of its own, labelled with its net: (metal, polygon)."""
    for end in (0, 1):
        yield _contact(device, end, found)


def _contact(device: Device, end: int, found: RecognisedLayout) -> tuple[str, kdb.Polygon]:
    name = device.names[0] if end == 0 or device.kind == "J" else device.names[-1]
    if name in found.junctions:
        junction = found.junctions[name]
        base = (end == 0) == junction.plus_is_base
        region = kdb.Region(junction.polygon) if base else junction.contact
        return ("M5" if base else "M6"), next(iter(region.each_merged()))
    if name in found.resistors:
        contacts = found.resistors[name].contacts
        turned = _turned(name, found)
        return "M6", contacts[end if not turned else 1 - end]
    line = found.inductors[name]
    arm = line.arms[0] if end == 0 else line.arms[-1]
    x, y = line.place
    point = kdb.Point(round(x / found.metal.dbu) + (20 if end else -20), round(y / found.metal.dbu))
    return arm.layer, kdb.Polygon(kdb.Box(point, point).enlarged(_DOT, _DOT))


def _turned(name: str, found: RecognisedLayout) -> bool:
    """Whether the circuit names the ends of a resistor the other way round than it is drawn."""
    element = found.circuit[name]
    number = next(n for n, r in enumerate(found.devices.resistors) if r is found.resistors[name])
    return found.nodes[found.cut.terminals["end", number, 0]] != element.plus


def _marked_nodes(found: RecognisedLayout, layout: Graph) -> tuple[kdb.Layout, kdb.Cell]:
    """A layout that holds one labelled contact for every terminal, and the mark that starts the extraction."""
    view = kdb.Layout()
    view.dbu = found.metal.dbu
    top = view.create_cell(found.name)
    top.shapes(view.layer(1, 0)).insert(kdb.Box(0, 0, 1, 1))
    for number in range(len(_METALS)):
        view.layer(10 + number, 0)
        view.layer(10 + number, 1)
    for device in layout.devices.values():
        for net, (metal, polygon) in zip((device.a, device.b), _ends(device, found), strict=True):
            number = _METALS.index(metal)
            top.shapes(view.layer(10 + number, 0)).insert(polygon)
            spot = polygon.bbox().center()
            top.shapes(view.layer(10 + number, 1)).insert(kdb.Text(net, kdb.Trans(kdb.Vector(spot.x, spot.y))))
    return view, top


def _netlist(graph: Graph, layout: Graph, result: LvsResult, limits: Tolerances) -> kdb.Netlist:
    """The netlist side; a value that it leaves open is taken from the matched drawn device."""
    drawn = {theirs.names: ours.value for ours, theirs in (result.alignment.pairs if result.alignment else ())}
    made = kdb.Netlist()
    circuit = kdb.Circuit()
    circuit.name = result.cell
    made.add(circuit)
    classes = {}
    for kind in "JLR":
        classes[kind] = _device_class(kind, limits)
        made.add(classes[kind])
    nets: dict[str, kdb.Net] = {}
    for device in graph.devices.values():
        placed = circuit.create_device(classes[device.kind], device.name)
        value = device.value if device.value == device.value else drawn.get(device.names, 0.0)
        _set_value(placed, device.kind, value)
        for terminal, net in enumerate((device.a, device.b)):
            if net not in nets:
                nets[net] = circuit.create_net(net)
            placed.connect_terminal(terminal, nets[net])
    return made


def _hold_nets(comparer: kdb.NetlistComparer, database: kdb.LayoutVsSchematic, result: LvsResult) -> None:
    """Ports, ground and rail correspond by name; where a match is known, its other nets are offered for checking."""
    layout, netlist = result.graphs
    ours, theirs = database.netlist().top_circuit(), database.reference.top_circuit()
    fixed = [(layout.ports[p], netlist.ports[p]) for p in layout.ports if p in netlist.ports]
    fixed += [(net, net) for net in SPECIAL]
    known = list(result.alignment.nets.items()) if result.alignment else []
    for a, b in dict.fromkeys([*fixed, *known]):
        first, second = ours.net_by_name(a), theirs.net_by_name(b)
        if first and second:
            comparer.same_nets(first, second, (a, b) in fixed)
