"""Write a cell the way a designer says it: junction to ground with its shunt, inductor, bias through a lead.

Names: `jj("j1", ...)` adds B_j1, its shunt RB_j1 with lead LRB_j1, and (when grounded) the ground lead LP_j1;
`bias("s", ...)` adds the source I_s and its lead LB_s. The figures of the parasitics come from the process data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pdk_sfq5ee.process import constant
from sfqgen.netlist.circuit import (
    BIAS_LEAD,
    GROUND,
    GROUND_LEAD,
    JJMIT,
    SHUNT,
    SHUNT_LEAD,
    STIMULUS,
    Bias,
    Capacitor,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Instance,
    Junction,
    JunctionModel,
    Mutual,
    Resistor,
    Waveform,
)  # fmt: skip

ICRS_UV: float = constant("icrs")
SHUNT_SHEET_OHM: float = constant("rsheet")
SHUNT_SHEET_PH: float = constant("lsheet_r5")
SHUNT_LEAD_PH: float = constant("lp_nominal")
BIAS_LEAD_PH: float = constant("lb_nominal")
GROUND_LEAD_PH = 0.3  # least of the 169 ground leads extracted in the ColdFlux cells (`lp_extracted`)


def pulse_train(times_ps: Iterable[float], peak_ua: float = 700.0, half_ps: float = 2.0) -> Waveform:
    """Triangles of height `peak_ua` and base 2 * `half_ps` with their peaks at the given times."""
    points: list[float] = [0.0, 0.0]
    for t in sorted(times_ps):
        points += [t - half_ps, 0.0, t, peak_ua, t + half_ps, 0.0]
    return Waveform("pwl", tuple(points))


class CellBuilder:
    """Collects elements and returns an immutable `Circuit` from `done()`."""

    def __init__(self, name: str, ports: tuple[str, ...], *, ground_lead_ph: float = GROUND_LEAD_PH,
                 models: Mapping[str, JunctionModel] | None = None) -> None:  # fmt: skip
        self.name, self.ports, self.ground_lead_ph = name, ports, ground_lead_ph
        self.models = dict(models or {JJMIT.name: JJMIT})
        self.elements: list[Element] = []
        self.cells: dict[str, Circuit] = {}

    def jj(self, name: str, plus: str, minus: str = GROUND, *, ic_ua: float, icrs_uv: float = ICRS_UV) -> None:
        """A shunted junction; to ground through its lead, or floating between two nodes.

        The shunt follows Ic (Rs = IcRs/Ic); its lead is (Rs/2 ohm) * 1.13 pH + 0.5 pH.
        """
        base = minus
        if minus == GROUND:
            base = f"g_{name}"
            self.add(Inductor(f"LP_{name}", base, GROUND, self.ground_lead_ph, GROUND_LEAD, f"B_{name}"))
        r_ohm = icrs_uv / ic_ua
        lead_ph = r_ohm / SHUNT_SHEET_OHM * SHUNT_SHEET_PH + SHUNT_LEAD_PH
        self.add(Junction(f"B_{name}", plus, base, ic_ua))
        self.add(Resistor(f"RB_{name}", plus, f"s_{name}", r_ohm, SHUNT, f"B_{name}"))
        self.add(Inductor(f"LRB_{name}", f"s_{name}", minus, lead_ph, SHUNT_LEAD, f"B_{name}"))

    def l(self, name: str, plus: str, minus: str, l_ph: float) -> None:  # noqa: E743
        self.add(Inductor(f"L_{name}", plus, minus, l_ph))

    def r(self, name: str, plus: str, minus: str, r_ohm: float) -> None:
        self.add(Resistor(f"R_{name}", plus, minus, r_ohm))

    def c(self, name: str, plus: str, minus: str, c_pf: float) -> None:
        self.add(Capacitor(f"C_{name}", plus, minus, c_pf))

    def k(self, name: str, first: str, second: str, k: float) -> None:
        self.add(Mutual(f"K_{name}", first, second, k))

    def bias(self, name: str, node: str, i_ua: float, *, lead_ph: float = BIAS_LEAD_PH) -> None:
        self.add(Bias(f"I_{name}", f"b_{name}", i_ua))
        self.add(Inductor(f"LB_{name}", f"b_{name}", node, lead_ph, BIAS_LEAD, f"I_{name}"))

    def pulses(self, name: str, node: str, times_ps: list[float], *, peak_ua: float = 700.0, half_ps: float = 2.0,
               load_ohm: float = 8.0) -> None:  # fmt: skip
        """Test bench: triangular current pulses into `node`, peaks at the given times, with a resistor to ground."""
        self.add(CurrentSource(f"I_{name}", GROUND, node, pulse_train(times_ps, peak_ua, half_ps), STIMULUS))
        self.add(Resistor(f"R_{name}", node, GROUND, load_ohm, STIMULUS))

    def load(self, name: str, node: str, r_ohm: float = 2.0) -> None:
        self.add(Resistor(f"R_{name}", node, GROUND, r_ohm, STIMULUS))

    def inst(self, name: str, cell: Circuit, *nodes: str) -> None:
        """An instance `X_name` of a cell; the cell is registered under its own name."""
        known = self.cells.setdefault(cell.name, cell)
        if known is not cell and known != cell:
            raise ValueError(f"two different cells are called {cell.name}")
        self.add(Instance(f"X_{name}", cell.name, tuple(nodes)))

    def add(self, element: Element) -> None:
        self.elements.append(element)

    def done(self) -> Circuit:
        return Circuit(self.name, self.ports, tuple(self.elements), dict(self.cells), dict(self.models))
