"""Why a layout and a netlist do not match: shorts, opens, wrong nodes, missing and extra elements, name and place."""

from __future__ import annotations

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND
from sfqgen.verify.lvs.align import Alignment, Short, align, laid_over
from sfqgen.verify.lvs.culprit import convicted, single_culprit, without
from sfqgen.verify.lvs.graph import SPECIAL, Device, Graph
from sfqgen.verify.lvs.hints import dead_ends, device_pieces
from sfqgen.verify.lvs.overlay import Report, overlays
from sfqgen.verify.lvs.reduce import reduced
from sfqgen.verify.lvs.result import Mismatch
from sfqgen.verify.lvs.similar import same_names

_FIRST = ("short", "open", "missing", "extra", "node")

Diagnosis = tuple[list[Mismatch], list[tuple[Device, Device]], dict[str, str], tuple[Graph, Graph]]


def diagnose(layout: Graph, netlist: Graph, found: RecognisedLayout, short: Short) -> Diagnosis:
    """Mismatches of graphs that `align` could not match, never empty; pairs and nets that agree all the same; the
    graphs as they were laid over each other."""
    layout, netlist = whole = reduced(layout), reduced(netlist)
    culprit = single_culprit(layout, netlist, found, short)
    if culprit and culprit[0][0].kind != "node":
        return _exact(culprit, whole)
    loose = _loose_ends(layout, netlist)
    if culprit and not loose:
        return _exact(culprit, whole)
    told = [_told_loose(layout.devices[n], netlist.devices[m], end, netlist, found) for n, m, end in loose]
    if loose:
        layout, netlist = without(layout, [n for n, _, _ in loose]), without(netlist, [m for _, m, _ in loose])
        aligned = align(layout, netlist, short, by_names=True, by_ports=True)
        if aligned:
            return _exact((told, aligned), whole)
    view = min(overlays(layout, netlist, short.wire_ph), key=lambda v: v.misfits)
    report = Report(view, found)
    report.tell()
    convicts = convicted(report.suspects(layout), layout, netlist, found, short)
    if convicts:
        return _exact((told + convicts[0], convicts[1]), whole)
    if not report.mismatches and not told:
        report.say("node", "", "the connections differ, though every element has a counterpart", None)
    pairs = [(view.layout.devices[n], view.netlist.devices[m]) for n, m in view.fits.items()]
    told += sorted(report.mismatches, key=lambda m: _FIRST.index(m.kind))
    return told, pairs, view.nets, (view.layout, view.netlist)


def _exact(verdict: tuple[list[Mismatch], Alignment], whole: tuple[Graph, Graph]) -> Diagnosis:
    """A diagnosis whose elements are all that is wrong."""
    mismatches, aligned = verdict
    return mismatches, list(aligned.pairs), aligned.nets, laid_over(*whole, aligned)


def _loose_ends(layout: Graph, netlist: Graph) -> list[tuple[int, int, str]]:
    """Named junctions and resistors of which one end leads nowhere, though the netlist's does: (ours, theirs, net)."""
    fixed, loose = layout.fixed, []
    for n, m in sorted(same_names(layout, netlist).items()):
        ours, theirs = layout.devices[n], netlist.devices[m]
        for net in (ours.a, ours.b):
            single = [x for x in (theirs.a, theirs.b) if x not in SPECIAL and len(netlist.at[x]) == 1]
            if net not in fixed and len(layout.at[net]) == 1 and not single:
                loose.append((n, m, net))
                break
    return loose


def _told_loose(ours: Device, theirs: Device, net: str, netlist: Graph, found: RecognisedLayout) -> Mismatch:
    missed = [x for x in (theirs.a, theirs.b) if x in SPECIAL and x not in (ours.a, ours.b)]
    if missed:
        goals = "ground" if missed[0] == GROUND else "the bias rail"
    else:
        on = {name for x in (theirs.a, theirs.b) if x not in SPECIAL for m in netlist.at[x]
              for name in netlist.devices[m].names[:1]}  # fmt: skip
        goals = " or ".join(sorted(on - set(theirs.names))[:4])
    text = "open: one end leads nowhere" + (f", it should reach {goals}" if goals else "")
    text += dead_ends(found, device_pieces(found, ours))
    return Mismatch("open", theirs.name, text, *found.places[ours.names[0]])
