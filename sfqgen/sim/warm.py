"""The engine's machine code: compiled on first use (some 10 s), then read from numba's cache.

    python -m sfqgen.sim.warm        compile now, for single runs and for batches
"""

from __future__ import annotations

from pathlib import Path


def is_compiled() -> bool:
    """Whether the cache holds machine code of the present kernel; True if that cannot be told."""
    from sfqgen.sim import kernel
    from sfqgen.sim.simd import source_stamp

    try:
        folder = Path(kernel.advance._cache.cache_path)
    except AttributeError:
        return True
    newest = max(time for time, _ in source_stamp())
    return any(index.stat().st_mtime >= newest for index in folder.glob("kernel.advance-*.nbi"))


def compile_now() -> None:
    """Run a circuit of one junction alone and in a batch."""
    from sfqgen.netlist.circuit import Circuit, Inductor, Junction
    from sfqgen.sim.transient import Engine

    engine = Engine(Circuit("warm", (), (Junction("B1", "a", "0", 100.0), Inductor("L1", "a", "0", 5.0))))
    for samples in (1, 8):
        engine.run(stop_ps=1.0, step_ps=0.1, samples=samples, estimate_error=False)


if __name__ == "__main__":
    compile_now()
