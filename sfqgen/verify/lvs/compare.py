"""Layout against netlist: the whole comparison in one call."""

from __future__ import annotations

from dataclasses import replace

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import RAIL, Circuit
from sfqgen.verify.lvs.align import Alignment, Short, align
from sfqgen.verify.lvs.graph import Device, Graph
from sfqgen.verify.lvs.kirchhoff import LARGEST, kirchhoff_residual
from sfqgen.verify.lvs.loops import closed_loops
from sfqgen.verify.lvs.match import leaf
from sfqgen.verify.lvs.planes import far_from_stitches
from sfqgen.verify.lvs.result import LvsResult, Mismatch
from sfqgen.verify.lvs.sides import Reference, Side, layout_side, reference_side, require_elements
from sfqgen.verify.lvs.values import Extracted, Tolerances, compare_values, flipped, tolerances

_DECIDING = frozenset({"junction", "resistor", "ground", "stitch", "rail"})
"""Findings about the drawing that are mismatches whatever the netlist says."""
MOST_STITCHES = 4
MOST_MISMATCHES = 200


def compare(found: RecognisedLayout, reference: Reference | Circuit, *, extracted: Extracted | None = None,
            limits: Tolerances | None = None) -> LvsResult:  # fmt: skip
    """Compare a recognised layout with a netlist; `extracted` gives its inductors solved values instead of estimates.

    Raises SfqgenError when the netlist has no elements.
    """
    reference = reference if isinstance(reference, Reference) else Reference(reference)
    require_elements(reference)
    limits = limits or tolerances()
    wanted = reference_side(reference)
    drawn = layout_side(found, reference)
    short = Short(limits.short_lead_ph, limits.unseen_ph)
    mismatches = _port_mismatches(drawn, wanted, found)
    aligned, naming = _best_alignment(drawn.graph, wanted.graph, short, found)
    if aligned:
        pairs, nets, graphs = list(aligned.pairs), aligned.nets, (aligned.layout, aligned.netlist)
        mismatches += naming
    else:
        from sfqgen.verify.lvs.diagnose import diagnose  # brings scipy with it

        told, pairs, nets, graphs = diagnose(drawn.graph, wanted.graph, found, short)
        mismatches += told
    compared, off = compare_values(pairs, found, limits, extracted, set(drawn.graph.ports.values()))
    mismatches += [*off, *flipped(pairs, nets, found), *_from_findings(found, reference)]
    mismatches += closed_loops(drawn.graph, wanted.graph, pairs, found, limits.loop_ph)
    residual, unbalanced = _balance(found, wanted.graph, drawn, pairs, nets)
    if residual > LARGEST and not mismatches:
        mismatches.append(Mismatch("kirchhoff", ", ".join(unbalanced[:4]), "currents that the netlist allows do not"
                                   " balance on the drawn metal"))  # fmt: skip
    if len(mismatches) > MOST_MISMATCHES:
        more = Mismatch("missing", "", f"and {len(mismatches) - MOST_MISMATCHES} more mismatches")
        mismatches = [*mismatches[:MOST_MISMATCHES], more]
    connected = aligned is not None and not drawn.missing_ports
    return LvsResult(
        found.name, reference.circuit.name, connected, tuple(mismatches), tuple(compared),
        _notes(found, wanted, drawn, aligned, mismatches, limits), found.floating, round(residual, 9), aligned, graphs,
        (drawn.graph, wanted.graph),
    )  # fmt: skip


def _best_alignment(layout: Graph, netlist: Graph, short: Short,
                    found: RecognisedLayout) -> tuple[Alignment | None, list[Mismatch]]:  # fmt: skip
    """The match with the names and ports as labelled; failing that, the one that has the fewest labels wrong."""
    if set(layout.ports) != set(netlist.ports):
        netlist = replace(netlist, ports={p: n for p, n in netlist.ports.items() if p in layout.ports})
    aligned = align(layout, netlist, short, by_names=True, by_ports=True)
    if aligned:
        return aligned, []
    options = []
    for by_names, by_ports in ((False, True), (True, False), (False, False)):
        aligned = align(layout, netlist, short, by_names=by_names, by_ports=by_ports)
        if aligned:
            naming = _wrong_names(aligned, found) if not by_names else []
            naming += _wrong_ports(aligned, layout, netlist, found) if not by_ports else []
            options.append((len(naming), len(options), aligned, naming))
    if not options:
        return None, []
    _, _, aligned, naming = min(options, key=lambda option: option[:2])
    return aligned, naming


def _wrong_names(aligned: Alignment, found: RecognisedLayout) -> list[Mismatch]:
    known = {leaf(theirs.names[0]) for _, theirs in aligned.pairs if theirs.kind != "L"}
    return [
        Mismatch("name", theirs.name, f"the label here says {ours.name}", *found.places[ours.names[0]])
        for ours, theirs in aligned.pairs
        if theirs.kind != "L" and leaf(ours.names[0]) in known and leaf(ours.names[0]) != leaf(theirs.names[0])
    ]


def _wrong_ports(aligned: Alignment, layout: Graph, netlist: Graph, found: RecognisedLayout) -> list[Mismatch]:
    mismatches = []
    for port, net in layout.ports.items():
        meant = aligned.nets.get(net)
        if port in netlist.ports and meant != netlist.ports[port]:
            other = next((p for p, n in netlist.ports.items() if n == meant), None)
            text = f"the label is on the node of port {other}" if other else f"the label is on node {meant}"
            mismatches.append(Mismatch("port", port, text, *_port_place(found, port)))
    return mismatches


def _port_place(found: RecognisedLayout, port: str) -> tuple[float | None, float | None]:
    for point in (*found.labels.pins, *found.labels.ports):
        if point.name.lower() == port.lower():
            return point.x_um, point.y_um
    return None, None


def _port_mismatches(drawn: Side, wanted: Side, found: RecognisedLayout) -> list[Mismatch]:
    """Ports without a label on metal, and ports that share a node in the layout only."""
    mismatches = []
    for port in drawn.missing_ports:
        place = _port_place(found, port)
        text = "no label of this port lies on metal" if place[0] is None else "its label lies on no metal"
        mismatches.append(Mismatch("port", port, text, *place))
    at: dict[str, str] = {}
    for port, net in drawn.graph.ports.items():
        first = at.setdefault(net, port)
        if first != port and wanted.graph.ports[first] != wanted.graph.ports[port]:
            mismatches.append(Mismatch("port", port, f"shares one node with port {first}", *_port_place(found, port)))
    return mismatches


def _from_findings(found: RecognisedLayout, reference: Reference) -> list[Mismatch]:
    """What recognition noticed, as far as it decides: incomplete devices, ground, and labels of elements not found."""
    known = {leaf(e.name) for e in reference.circuit} | {leaf(c.name) for cell in reference.circuit.cells.values()
                                                        for c in cell}  # fmt: skip
    mismatches = []
    for finding in found.findings:
        label = finding.kind == "label" and finding.element
        named = leaf("B" + finding.element[1:] if finding.element[:1].upper() == "J" else finding.element)
        if finding.kind in _DECIDING or (label and named in known):
            element = "B" + finding.element[1:] if label and finding.element[0].upper() == "J" else finding.element
            mismatches.append(Mismatch(finding.kind, element, finding.text, finding.x_um, finding.y_um))
    return _few_stitches(mismatches)


def _few_stitches(mismatches: list[Mismatch]) -> list[Mismatch]:
    """A plane without stitches has a hundred of them; the first few tell."""
    stitches = [m for m in mismatches if m.kind == "stitch"]
    if len(stitches) <= MOST_STITCHES:
        return mismatches
    last = stitches[MOST_STITCHES - 1]
    more = replace(last, text=f"{last.text}; and {len(stitches) - MOST_STITCHES} more stitches like it")
    return [m for m in mismatches if m.kind != "stitch"] + stitches[: MOST_STITCHES - 1] + [more]


def _balance(found: RecognisedLayout, netlist: Graph, drawn: Side, pairs: list[tuple[Device, Device]],
             met: dict[str, str]) -> tuple[float, tuple[str, ...]]:  # fmt: skip
    nodes = {label.lower(): node.lower() for label, node in found.ports.items()}
    ports: dict[str, str] = {}
    for port, net in drawn.graph.ports.items():
        label = next((name for name, node in nodes.items() if node == net and name != port.lower()), port.lower())
        ports[port] = port.lower() if nodes.get(port.lower()) == net else label
    single = [pair for pair in pairs if pair[0].kind in "JR" and len(pair[0].names) == len(pair[1].names) == 1]
    names = {theirs.name: ours.name for ours, theirs in single}
    turned = {
        theirs.name for ours, theirs in single
        if met.get(ours.a) != theirs.a and (ours.kind == "R" or found.junctions[ours.name].label is None)
    }  # fmt: skip
    return kirchhoff_residual(found, netlist, ports, names, turned)


def _notes(found: RecognisedLayout, wanted: Side, drawn: Side, aligned: Alignment | None,
           mismatches: list[Mismatch], limits: Tolerances) -> tuple[str, ...]:  # fmt: skip
    told = {mismatch.text for mismatch in mismatches}
    notes = list(wanted.notes)
    notes += [str(f) for f in found.findings if f.kind not in _DECIDING and f.text not in told]
    if not found.nets.rail and any(RAIL in (d.a, d.b) for d in wanted.graph.devices.values()):
        notes.append("no bias rail found: no VDD text, and no net that feeds resistors only")
    wires = set(aligned.wires) & set(found.inductors) if aligned else set()
    for device in drawn.graph.devices.values():
        if device.name in wires and device.value >= limits.noted_lead_ph:
            x, y = found.inductors[device.name].place
            text = f"metal of about {device.value:.1f} pH at ({x:.2f}, {y:.2f}) um"
            notes.append(f"{text} has no inductor in the netlist")
    if aligned and aligned.unseen:
        notes.append("too short to be told from the metal of their node: " + ", ".join(aligned.unseen))
    return (*notes, *far_from_stitches(found, limits.stitch_reach_um))
