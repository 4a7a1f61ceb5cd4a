"""What a comparison says: a verdict, what was compared, and every mismatch with its element and place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sfqgen.verify.lvs.align import Alignment
from sfqgen.verify.lvs.graph import Graph


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`kind`: missing, extra, node, short, open, value, loop, flipped, port, name, ground, stitch, rail, junction,
    resistor, label or kirchhoff. `element` is the netlist's name where there is one, else the layout's.
    """

    kind: str
    element: str
    text: str
    x_um: float | None = None
    y_um: float | None = None

    def __str__(self) -> str:
        at = "" if self.x_um is None else f" at ({self.x_um:.2f}, {self.y_um:.2f}) um"
        return f"{self.element}: {self.text}{at}" if self.element else f"{self.text}{at}"

    def as_dict(self) -> dict:
        return {"kind": self.kind, "element": self.element, "text": self.text, "x_um": self.x_um, "y_um": self.y_um}


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair of the match. `tolerance_pct` is None where there was nothing to judge the value by."""

    kind: str  # junction, inductor or resistor
    layout: str
    netlist: str
    drawn: float
    wanted: float | None
    tolerance_pct: float | None
    x_um: float
    y_um: float

    @property
    def error_pct(self) -> float | None:
        return None if not self.wanted else (self.drawn / self.wanted - 1) * 100


@dataclass(frozen=True)
class LvsResult:
    """`topology_match`: the connections agree. `match`: and so do values, polarity, names and ground.

    `pairs` hold what was compared; their counts by kind are `junctions`, `inductors`, `resistors`. `graphs` are layout
    and netlist in the normal form in which they were compared.
    """

    cell: str
    netlist: str
    topology_match: bool
    mismatches: tuple[Mismatch, ...]
    pairs: tuple[Compared, ...]
    notes: tuple[str, ...] = ()
    floating: int = 0
    kirchhoff: float | None = None
    alignment: Alignment | None = field(default=None, repr=False)
    graphs: tuple[Graph, Graph] = field(default=(Graph(), Graph()), repr=False)
    sides: tuple[Graph, Graph] = field(default=(Graph(), Graph()), repr=False)

    @property
    def match(self) -> bool:
        return self.topology_match and not self.mismatches

    def without_values(self) -> LvsResult:
        """The same comparison judged by connections, polarity, names and ground only."""
        kept = tuple(m for m in self.mismatches if m.kind != "value")
        return replace(self, mismatches=kept, notes=(*self.notes, "values were not judged"))

    def count(self, kind: str) -> int:
        return sum(1 for pair in self.pairs if pair.kind == kind)

    def as_dict(self) -> dict:
        """The `lvs` object of report.json and of `sfqgen lvs --json`."""
        return {
            "match": self.match,
            "topology_match": self.topology_match,
            "junctions": self.count("junction"),
            "inductors": self.count("inductor"),
            "resistors": self.count("resistor"),
            "mismatches": [mismatch.as_dict() for mismatch in self.mismatches],
            "cell": self.cell,
            "netlist": self.netlist,
            "kirchhoff_residual": self.kirchhoff,
            "floating_pieces": self.floating,
            "notes": list(self.notes),
            "elements": [
                {"kind": p.kind, "netlist": p.netlist, "layout": p.layout, "drawn": round(p.drawn, 4),
                 "wanted": None if p.wanted is None else round(p.wanted, 4),
                 "error_pct": None if p.error_pct is None else round(p.error_pct, 2),
                 "tolerance_pct": p.tolerance_pct, "x_um": p.x_um, "y_um": p.y_um}
                for p in self.pairs
            ],
        }  # fmt: skip

    def text(self) -> str:
        """A short report for a terminal: the verdict line, then one line per mismatch and note."""
        counts = f"{self.count('junction')} junctions, {self.count('inductor')} inductors, "
        counts += f"{self.count('resistor')} resistors"
        if self.match:
            head = f"LVS match: {self.cell} is {self.netlist} ({counts})"
        elif self.topology_match:
            head = f"LVS MISMATCH: {self.cell} is connected as {self.netlist} ({counts}), but:"
        else:
            head = f"LVS MISMATCH: {self.cell} is not {self.netlist}:"
        lines = [head, *(f"  {mismatch}" for mismatch in self.mismatches), *(f"  note: {note}" for note in self.notes)]
        if self.floating:
            lines.append(f"  note: {self.floating} floating metal pieces left out as fill")
        return "\n".join(lines)
