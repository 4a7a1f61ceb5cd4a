"""Write a circuit or a deck in the JoSIM dialect: hierarchy kept, no vendor quirks, values that read back exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    GROUND,
    RAIL,
    Capacitor,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Instance,
    Junction,
    JunctionModel,
    Line,
    Mutual,
    PhaseSource,
    Resistor,
    VoltageSource,
    Waveform,
    nodes_of,
)  # fmt: skip
from sfqgen.netlist.deck import Deck, Probe
from sfqgen.netlist.legal_names import SHAPE_WORDS, LegalNames, josim_label, josim_node, without_shape_words
from sfqgen.netlist.quantity import CONTEXT, decimal_text, text_of
from sfqgen.netlist.views import sim_view

Sources = CurrentSource | VoltageSource | PhaseSource


def write_josim(what: Deck | Circuit, *, header: Sequence[str] = (), bias: Literal["current", "resistor"] = "current"
                ) -> str:  # fmt: skip
    """The text of a deck, or of a circuit alone. A circuit with ports becomes a library of `.subckt` definitions.

    Biases are lowered by `sim_view`; `header` is a comment block at the head, before the deck's own. Names that JoSIM
    would misread are changed, the same way every time. Raises SfqgenError when two different cells share a name.
    """
    deck = what if isinstance(what, Deck) else Deck(what.name, what)
    top = _with_rail(sim_view(deck.circuit, bias)) if bias == "resistor" else sim_view(deck.circuit, bias)
    cells = list(all_cells(top).values())
    library = bool(top.ports)
    names = _Names(_inner_first(top, cells))
    comments = "\n".join((*header, *deck.header)).splitlines()
    lines = [f"* {line}".rstrip() for line in comments]
    for cell in cells:
        lines += _subcircuit(cell, names, {} if library else top.models, deck)
    if library:
        lines += _subcircuit(top, names, {}, deck)
    else:
        lines += [_model(model, names) for model in top.models.values()]
        lines += _elements(top, names, deck, "")
    return "\n".join([*lines, *_controls(deck, names), ".end", ""])


def probe_labels(deck: Deck) -> list[str]:
    """JoSIM's column titles of the deck's probes as `write_josim` writes them: `P(B1|XDUT)`, in capitals."""
    top = sim_view(deck.circuit)
    names = _Names(_inner_first(top, list(all_cells(top).values())))
    return [_probe_text(probe, deck.circuit, names).replace(".", "|").upper() for probe in deck.probes]


def all_cells(circuit: Circuit) -> dict[str, Circuit]:
    """Every cell below the top by name, inner cells first. Raises SfqgenError when a name means two cells."""
    found: dict[str, Circuit] = {}
    seen: set[int] = set()

    def visit(cell: Circuit) -> None:
        for inner in cell.cells.values():
            if id(inner) in seen:
                continue
            seen.add(id(inner))
            visit(inner)
            if found.setdefault(inner.name.lower(), inner) != inner:
                raise SfqgenError(f"two different cells are called {inner.name}", where=f"circuit {circuit.name}",
                                  remedy="rename one; a deck has one list of subcircuits")  # fmt: skip

    visit(circuit)
    first = {name.lower(): found[name.lower()] for name in circuit.cells}  # a deck keeps its order
    return {cell.name: cell for cell in {**first, **found}.values()}


def _inner_first(top: Circuit, cells: list[Circuit]) -> list[Circuit]:
    """The cells so that each comes after those that it uses, and the top last."""
    by_name = {cell.name: cell for cell in cells}
    ordered: dict[str, Circuit] = {}

    def visit(cell: Circuit) -> None:
        for instance in cell.of_kind(Instance):
            if instance.cell not in ordered:
                visit(by_name[instance.cell])
        ordered[cell.name] = cell

    for cell in cells:
        if cell.name not in ordered:
            visit(cell)
    return [*ordered.values(), top]


def _with_rail(top: Circuit) -> Circuit:
    """The rail is no global node in a deck: cells that use it get it as their last port."""

    def through(cell: Circuit, top_level: bool) -> Circuit:
        inner = {name: through(sub, False) for name, sub in cell.cells.items()}
        grown = {name for name, sub in inner.items() if sub.ports != cell.cells[name].ports}
        elements = tuple(replace(e, nodes=(*e.nodes, RAIL)) if isinstance(e, Instance) and e.cell in grown else e
                         for e in cell.elements)  # fmt: skip
        uses = any(RAIL in (node.lower() for node in nodes_of(element)) for element in elements)
        grows = uses and not top_level and RAIL not in (port.lower() for port in cell.ports)
        return replace(cell, cells=inner, elements=elements, ports=(*cell.ports, RAIL) if grows else cell.ports)

    return through(top, True)


class _Names:
    """Legal names of cells, models, and of the elements and nodes of each cell."""

    def __init__(self, circuits: list[Circuit]) -> None:
        self.cells = LegalNames((circuit.name for circuit in circuits), josim_label)
        self.models = LegalNames((name for circuit in circuits for name in circuit.models), josim_label)
        cell_names = {self.cells[circuit.name].lower() for circuit in circuits}
        below: dict[str, set[str]] = {}
        self.elements, self.nodes = {}, {}
        for circuit in circuits:  # inner cells come first
            label, node = _legal_in(circuit, below, cell_names)
            self.elements[circuit.name] = LegalNames((element.name for element in circuit.elements), label)
            nodes = (name for name in (*circuit.ports, *circuit.nodes()) if name != GROUND)
            self.nodes[circuit.name] = LegalNames(nodes, node)
        names = [name for circuit in circuits for e in circuit.elements for name in (e.name, *nodes_of(e))]
        self.plain_dc = not any(word in name.lower() for name in names for word in SHAPE_WORDS[:-1])

    def element(self, cell: Circuit, name: str) -> str:
        return self.elements[cell.name][name]

    def node(self, cell: Circuit, name: str) -> str:
        return GROUND if name == GROUND else self.nodes[cell.name][name]


def _legal_in(circuit: Circuit, below: dict[str, set[str]], cell_names: set[str]
              ) -> tuple[Callable[[str], str], Callable[[str], str]]:  # fmt: skip
    """Legality of labels and of nodes in one cell.

    Names on a source's line, and of instances around it, must not hold the word of another shape; `below` collects
    the kinds of sources by cell. A pwl is found before any other word, and a dc is written as one (`_shape`).
    A node of an instance must not bear the name of a subcircuit, for which JoSIM would take it.
    """
    touchy: dict[str, set[str]] = {}
    kinds: set[str] = set()
    for element in circuit.elements:
        if isinstance(element, Sources) and element.wave.kind not in ("pwl", "dc"):
            kinds.add(element.wave.kind)
            for name in (element.name, element.plus, element.minus):
                touchy.setdefault(name.lower(), set()).add(element.wave.kind)
        elif isinstance(element, Instance):
            kinds |= below[element.cell]
            touchy[element.name.lower()] = below[element.cell]
    below[circuit.name] = kinds
    instances = {element.name.lower() for element in circuit.of_kind(Instance)}
    mistakable = {node.lower() for instance in circuit.of_kind(Instance) for node in instance.nodes} & cell_names
    ports = {port.lower() for port in circuit.ports} - {"gnd"}  # JoSIM puts the node outside in their place

    def node(name: str) -> str:
        if name.lower() in mistakable:
            name = f"{name}_node"
        if name.lower() in ports:
            return josim_label(name)
        return without_shape_words(josim_node(name), sorted(touchy.get(name.lower(), ())))

    def label(name: str) -> str:
        plain = josim_node(name) if name.lower() in instances else josim_label(name)
        return without_shape_words(plain, sorted(touchy.get(name.lower(), ())))

    return label, node


def _subcircuit(cell: Circuit, names: _Names, known: dict[str, JunctionModel], deck: Deck) -> list[str]:
    if not cell.ports:
        raise SfqgenError("a subcircuit needs a port", where=f"cell {cell.name}", remedy="give it one")
    ports = " ".join(names.node(cell, port) for port in cell.ports)
    used = {junction.model for junction in cell.of_kind(Junction)}  # found at the top; an unused one is not
    models = [_model(model, names) for name, model in cell.models.items()
              if known.get(name) != model or name not in used]  # fmt: skip
    head = f".subckt {names.cells[cell.name]} {ports}"
    return [head, *models, *_elements(cell, names, deck, cell.name), ".ends"]


def _elements(cell: Circuit, names: _Names, deck: Deck, setting_of: str) -> list[str]:
    settings: dict[str, str] = {}
    for item in deck.settings:
        if item.cell == setting_of:
            key = item.element.lower()
            settings[key] = f"{settings.get(key, '')} {item.key}={text_of(item.value)}"
    return [_line(element, cell, names) + settings.get(element.name.lower(), "") for element in cell.elements]


def _line(element: Element, cell: Circuit, names: _Names) -> str:
    words = [names.element(cell, element.name), *(names.node(cell, node) for node in nodes_of(element))]
    match element:
        case Junction():
            words += [names.models[element.model], f"area={area_text(element.ic_ua, cell.models[element.model])}"]
        case Inductor():
            words.append(text_of(element.l_ph, "p"))
        case Capacitor():
            words.append(text_of(element.c_pf, "p"))
        case Resistor():
            words.append(text_of(element.r_ohm))
        case Mutual():
            words += [names.element(cell, element.first), names.element(cell, element.second), text_of(element.k)]
        case CurrentSource() | VoltageSource():
            words.append(_shape(element.wave, "u", names))
        case PhaseSource():
            words.append(_shape(element.wave, "", names))
        case Line():
            words += [f"z0={text_of(element.z0_ohm)}", f"td={text_of(element.td_ps, 'p')}"]
        case Instance():
            words.insert(1, names.cells[element.cell])
    return " ".join(words)


def area_text(ic_ua: float, model: JunctionModel) -> str:
    """The area of a junction, with as few digits as give its critical current back exactly."""
    icrit = Decimal(repr(model.icrit_ua))
    for digits in range(6, 30):
        area = CONTEXT.divide(Decimal(repr(ic_ua)), icrit)
        area = Decimal(f"{area:.{digits}e}")
        if float(CONTEXT.multiply(area, icrit)) == ic_ua:
            break
    return decimal_text(area)


def _model(model: JunctionModel, names: _Names) -> str:
    return (
        f".model {names.models[model.name]} jj(rtype={model.rtype}, vg={text_of(model.vg_uv, 'u')},"
        f" delv={text_of(model.delv_uv, 'u')}, icrit={text_of(model.icrit_ua, 'u')}, r0={text_of(model.r0_ohm)},"
        f" rn={text_of(model.rn_ohm)}, cap={text_of(model.cap_pf, 'p')}, icfct={text_of(model.ic_factor)})"
    )


def _shape(wave: Waveform, unit: str, names: _Names) -> str:
    """A source's shape; `unit` is the suffix of its amplitude (`u` for uA and uV, none for rad)."""
    v = wave.values
    match wave.kind:
        case "pwl":
            suffixes = ["p", unit] * (len(v) // 2)
        case "pulse" | "exp":
            suffixes = [unit, unit, *["p"] * (len(v) - 2)]
        case "sin":
            suffixes = [unit, unit, "t", "p", "t"][: len(v)]
        case "noise":
            return f"noise({_noise_amplitude(v[0], v[2], unit)} {text_of(v[1], 'p')} {text_of(v[2], 'p')})"
        case _:
            level = text_of(v[0], unit)
            return f"dc {level}" if names.plain_dc else f"pwl(0 {level})"  # read back as dc
    return f"{wave.kind}({' '.join(text_of(number, suffix) for number, suffix in zip(v, suffixes, strict=True))})"


def _noise_amplitude(rms: float, step_ps: float, unit: str) -> str:
    """JoSIM's A, of which the source draws A * gauss / sqrt(2 TSTEP)."""
    step_s = Decimal(repr(step_ps)).scaleb(-12, CONTEXT)
    root = CONTEXT.sqrt(CONTEXT.multiply(Decimal(2), step_s))
    return decimal_text(CONTEXT.multiply(Decimal(repr(rms)).scaleb(-6 if unit else 0, CONTEXT), root))


def _controls(deck: Deck, names: _Names) -> Iterable[str]:
    if deck.tran is not None:
        times = [deck.tran.step_ps, deck.tran.stop_ps, deck.tran.start_ps, deck.tran.print_step_ps]
        if not times[-1]:
            times.pop()
        yield ".tran " + " ".join(text_of(time, "p") for time in times)
    if deck.temperature_k is not None:
        yield f".temp {text_of(deck.temperature_k)}"
    if deck.noise_bandwidth_hz is not None:
        yield f".neb {text_of(deck.noise_bandwidth_hz)}"
    spread = deck.spread
    parts = [("", spread.every), ("L=", spread.inductors), ("B=", spread.junctions), ("C=", spread.capacitors),
             ("R=", spread.resistors)]  # fmt: skip
    if any(value is not None for _, value in parts):
        yield ".spread " + " ".join(f"{key}{text_of(value)}" for key, value in parts if value is not None)
    for probe in deck.probes:
        yield f".print {_probe_text(probe, deck.circuit, names)}"


def _probe_text(probe: Probe, top: Circuit, names: _Names) -> str:
    table = names.element if probe.of == "device" else names.node
    written = []
    for flat in probe.names:
        leaf, *instances = flat.split("|")
        cells = [top]
        for instance in reversed(instances):
            cells.append(cells[-1].cells.get(cells[-1][instance].cell) or top.cells[cells[-1][instance].cell])
        path = [names.element(cell, name) for cell, name in zip(reversed(cells[:-1]), instances, strict=True)]
        written.append(".".join([table(cells[-1], leaf), *path]))
    return f"{probe.kind}({','.join(written)})"
