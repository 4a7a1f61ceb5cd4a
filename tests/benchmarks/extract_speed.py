"""Time of the field solver against unknowns and ports: one thread, warm kernel cache.

The cells of the public library are used when they lie beside the repository; a synthetic cell of 40 x 70 um with
12 ports always. FastHenry figures (stored, another machine) stand beside the JTL.
"""

from __future__ import annotations

import os

os.environ.update({name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")})

import json
import resource
import time
from pathlib import Path

from sfqgen.extract.geometry import Geometry, Port, Terminal, box
from sfqgen.extract.grid import build_mesh
from sfqgen.extract.idx import read_idx
from sfqgen.extract.operator import Operator
from sfqgen.extract.ports import circuit_box, geometry_of
from sfqgen.extract.problem import idx_problem
from sfqgen.extract.recognise import recognise
from sfqgen.extract.solve import current_patterns, solve
from sfqgen.extract.stack import slabs
from sfqgen.verify.gds import read_layout

LIBRARY = Path(__file__).parents[3] / "shared" / "reference" / "rsfqlib"
STORED = Path(__file__).parents[1] / "data" / "extraction_3d.json"


AIMS_S = {"JTL": 2.0, "DFF": 8.0, "area 40 x 70": 20.0}
"""Processor seconds on one core with a warm kernel cache, reading included."""
MOST_MB = 1500


def timed(name: str, geometry: Geometry, grid_um: float, before_s: float = 0.0) -> None:
    """One line: unknowns, ports, seconds of mesh, operator and solution (wall and processor), peak memory so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    mesh = build_mesh(geometry, slabs(), grid_um)
    operator = Operator(mesh, slabs())
    patterns = current_patterns(mesh)
    solution = solve(mesh, operator, patterns)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    unknowns = 2 * len(mesh.edges.film) + len(mesh.vias.level)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<22}{grid_um:>6}{unknowns:>9}{len(geometry.ports):>6}{patterns.shape[1]:>6}{solution.iterations:>6}"
          f"{before_s:>8.2f}{wall:>8.2f}{cpu:>8.2f}{peak:>8.0f}{_against_aim(name, before_s + cpu, peak)}")  # fmt: skip


def _against_aim(name: str, cpu_s: float, peak_mb: float) -> str:
    if name not in AIMS_S:
        return ""
    met = "met" if cpu_s <= AIMS_S[name] and peak_mb <= MOST_MB else "MISSED"
    return f"  aim {AIMS_S[name]:g} s, {MOST_MB} MB: {met}"


def library(cell: str) -> tuple[Geometry, float]:
    start = time.process_time()
    found = recognise(*read_layout(LIBRARY / cell / f"THmitll_{cell}_v3p0.GDS"))
    problem = idx_problem(found, read_idx(LIBRARY / cell / f"THmitll_{cell}_v3p0_idx.cir"), slabs())
    geometry = geometry_of(found, problem.ports, circuit_box(found, problem.ports))
    return geometry, time.process_time() - start


def comb(width_um: float, height_um: float, lines: int) -> Geometry:
    """Lines across a cell between two planes with moats, a port at each end of every line."""
    moats = box(0, 0, 0, 0)
    for i in range(int(width_um // 10)):
        for j in range(int(height_um // 10)):
            moats += box(10 * i + 0.4, 10 * j + 0.4, 10 * i + 2.8, 10 * j + 2.8)
    plane = box(0, 0, width_um, height_um) - moats
    pitch = height_um / (lines + 1)
    metal, ports = box(0, 0, 0, 0), []
    for n in range(lines):
        y = round((n + 1) * pitch / 0.05) * 0.05
        metal += box(3.5, y - 0.5, width_um - 3.5, y + 0.5)
        for side, x in (("l", 3.5), ("r", width_um - 3.5)):
            end = box(x - 0.01, y - 0.5, x + 0.01, y + 0.5)
            ports.append(Port(f"{side}{n}", Terminal(("M6",), end), Terminal(("M4", "M7"), end)))
    return Geometry({"M4": plane, "M6": metal, "M7": plane}, {}, tuple(ports))


def main() -> None:
    print(f"{'cell':<22}{'grid':>6}{'unknowns':>9}{'ports':>6}{'loops':>6}{'iter':>6}{'read s':>8}{'wall s':>8}"
          f"{'cpu s':>8}{'MB':>8}")  # fmt: skip
    timed("(compile, fill cache)", comb(20, 20, 1), 0.25)
    if LIBRARY.exists():
        for cell in ("JTL", "JTL", "DCSFQ", "SPLIT", "JTLT", "DFF"):
            geometry, seconds = library(cell)
            timed(cell, geometry, 0.25, seconds)
        timed("JTL coarse", library("JTL")[0], 0.5)
    for size, lines in (((20, 35), 6), ((40, 35), 6), ((40, 70), 6)):
        timed(f"area {size[0]} x {size[1]}", comb(*size, lines), 0.25)
    for lines in (1, 3, 12):
        timed(f"ports {2 * lines}, 40 x 35", comb(40, 35, lines), 0.25)
    jtl = json.loads(STORED.read_text())["jtl"]
    print(f"stored: FastHenry, JTL at 0.5 um, another machine: {jtl['FastHenry_seconds']} s, {jtl['FastHenry_MB']} MB")


if __name__ == "__main__":
    main()
