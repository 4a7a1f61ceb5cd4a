"""Small structures for tests of the 3-D solver, as geometries with ports."""

from sfqgen.extract.geometry import Geometry, Port, Terminal, box
from sfqgen.extract.grid import build_mesh
from sfqgen.extract.inductance import port_matrix
from sfqgen.extract.kernel import london_modes
from sfqgen.extract.operator import Operator
from sfqgen.extract.solve import current_patterns, solve
from sfqgen.extract.stack import slabs


def bar(name, films, returns, x0, y0, x1, y1):
    """A port whose terminals on line and return films are the same rectangle."""
    return Port(name, Terminal((films,) if isinstance(films, str) else films, box(x0, y0, x1, y1)),
                Terminal(returns, box(x0, y0, x1, y1)))  # fmt: skip


def straight(line, planes, w, length, *, y=0.0, half_width=5.0, x=0.0):
    """A line of that width and length along x at height y over planes that end with it; a port across each end."""
    films = {plane: box(x, -half_width, x + length, half_width) for plane in planes}
    films[line] = box(x, y - w / 2, x + length, y + w / 2)
    ports = tuple(
        bar(name, line, tuple(planes), at - 0.01, y - w / 2, at + 0.01, y + w / 2)
        for name, at in (("a", x), ("b", x + length))
    )
    return Geometry(films, {}, ports)


def loop_ph(geometry, grid_um, films=None):
    """The one loop inductance of a geometry with two ports, in pH."""
    matrix = port_matrix(geometry, grid_um, films).matrix
    assert matrix.shape == (1, 1)
    return float(matrix[0, 0])


def per_um(line, planes, w, grid_um, *, half_width=5.0, lengths=(6.0, 12.0), anchor=None):
    """dL/dlength of a straight line: what the ends add cancels."""
    short, long = (
        with_modes(straight(line, planes, w, n, half_width=half_width), grid_um, anchor=anchor)[1].matrix[0, 0]
        for n in lengths
    )
    return (long - short) / (lengths[1] - lengths[0])


def with_modes(geometry, grid_um, modes=london_modes, tolerance=1e-3, anchor=None):
    """Mesh and solution with another choice of film modes or of the grid's place."""
    mesh = build_mesh(geometry, slabs(), grid_um, anchor)
    return mesh, solve(mesh, Operator(mesh, slabs(), modes), current_patterns(mesh), tolerance)


def canonical(structure, h):
    """The reference structures; a filament solver meshed them with all edges on cell borders (anchor h/2, h/2)."""
    at = box

    def port(name, film, returns, x0, y0, x1, y1):
        return Port(name, Terminal((film,), at(x0, y0, x1, y1)), Terminal(returns, at(x0, y0, x1, y1)))

    def along(film, returns=("M4",), far=None, w=1.0):
        low, high = 4.5 - w / 2, 4.5 + w / 2
        return (port("P", film, returns, 0, low, h, high), port("S", far or film, returns, 10 - h, low, 10, high))

    plane, line = at(0, 0, 10, 9), at(0, 4, 10, 5)
    if structure.startswith("line M6"):
        return Geometry({"M4": plane, "M6": line}, {}, along("M6"))
    if structure.startswith("line M5"):
        return Geometry({"M4": plane, "M5": line}, {}, along("M5"))
    if structure.startswith("stripline"):
        return Geometry({"M4": plane, "M6": line, "M7": plane}, {}, along("M6", ("M4", "M7")))
    if structure.startswith("moat 2x6 beside"):
        return Geometry({"M4": plane - at(2, 5.5, 8, 7.5), "M6": line}, {}, along("M6"))
    if structure.startswith("moat 1x6 crossing"):
        return Geometry({"M4": plane - at(4.5, 1.5, 5.5, 7.5), "M6": line}, {}, along("M6"))
    if structure == "via M5-I5-M6 .5":
        films = {"M4": plane, "M5": at(0, 4, 5.5, 5), "M6": at(4.5, 4, 10, 5)}
        return Geometry(films, {"I5": at(4.75, 4.25, 5.25, 4.75)}, along("M5", far="M6"))
    if structure.startswith("corner"):
        bend = (at(0, 4, 6.5, 5) + at(5.5, 4, 6.5, 10.5)).merged()
        ports = (port("P", "M6", ("M4",), 0, 4, h, 5), port("S", "M6", ("M4",), 5.5, 10.5 - h, 6.5, 10.5))
        return Geometry({"M4": at(0, 0, 10.5, 10.5), "M6": bend}, {}, ports)
    raise KeyError(structure)
