"""The trainable neuron: N spike inputs, a threshold k that INC and DEC pulses move, one output pulse per crossing.

    tick -> X_x0 -- X_tq0 (splitter) ---- X_x1 -- X_tq1 ---- ... ---- X_x(M-1) -- X_tq(M-1) ---- X_t (JTL)
              |       |                     |       |                   |             |            |
              |     X_k0 (reader)           |     X_k1                  |           X_k(M-1)       | token
              |       |  <- tap of          |       |                   |             |            |
              +- arm -+     store cell 0    +- arm -+                   +---- arm ----+            |
              |                             |                           |                          |
    x --- X_w0 (swallow) --- X_y0 (JTL) --- X_w1 --- X_y1 --- ... ---- X_w(M-1) -- X_y(M-1) - X_d (token) - X_z - out
    |
    X_xj (JTL) <- balanced tree of mergers X_m<level>_<number> <- in0 ... in(N-1)

    X_x (cross) holds two JTLs that cross: the tick on its way to the splitter, the arm pulse from reader to swallow.

    inc -> X_si (store_in) - X_s0 (store_bit) - ... - X_so (store_end) <- dec          (M = levels - 1 cells)

How it works. The store holds c = 0 .. M quanta, always in its rightmost cells. The tick loads a token and, through the
reader of each occupied cell, arms that stage. An armed stage swallows one spike and disarms; so the first c spikes of
a frame are swallowed, the next one takes the token to the output, and later ones find no token. The next tick arms
and loads afresh; arming an armed stage changes nothing, so what a frame left over is forgotten: that is the reset.

Law, reset "frame" (law A):  k = 1 + min(M, max(0, INC - DEC counted with saturation));
                             a frame with n spikes gives one pulse if n >= k, else none.
Law, reset "self" (law B):   the output also runs back into the tick line, so no tick is needed after the first one:
                             every k-th spike gives a pulse and resets, floor(n / k) in all; spikes within the
                             refractory time after the deciding spike are ignored.

The tick runs beside the data with the same delay per stage (splitter + JTL, 9.3 ps), so that the arming wave and a
spike never cross. Latency from the k-th spike does not depend on k.

With reset "self" the line back runs below the spike line and crosses it (cells/loop.py); five JTLs delay the token.

Junctions (no drivers):   tree + 23 M + 18        with reset "frame",  38 + 2 M more with "self";
Bias:                     tree + 2.43 M + 2.06 mA,                     5.46 + 0.32 M mA more with "self";
the tree has 5 junctions (0.33 mA) per merger and 2 (0.32 mA) per JTL: with its links and X_xa it counts 5, 19, 43 and
95 junctions for 2, 4, 8 and 16 inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from cells import cross, jtl, leak, loop, reader, sampler, splitter, store, swallow, token_cell, tree
from cells.jtl import ARM, TICK, TURN, JtlValues
from cells.leak import LeakCells
from cells.loop import SPIKE_JTLS, TOKEN_JTLS, LoopCells
from cells.merger import MergerValues
from cells.reader import ReaderValues
from cells.sampler import SamplerCells
from cells.scaling import scaled
from cells.splitter import SplitterValues
from cells.store import StoreValues
from cells.swallow import SwallowValues
from cells.token_cell import TokenValues
from cells.tree import JTL_PS, MERGE_PS, TreeCells
from sfqgen.errors import SfqgenError
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bounds import SAMPLE_EARLIER_PS, armed_ps

INPUTS = (1, 64)
LEVELS = (2, 8)
RESETS = ("frame", "self")
APPROACH_JTLS = 2
"""Between the tree of three or more inputs and X_xj: room for drivers of tick and INC beside the tree."""

SHORT_LINE, LONG_LINE_UA = 4, 5.0
"""Up to so many levels the store's bias is the nominal one, and so much less for each level more."""


@dataclass(frozen=True)
class NeuronValues:
    """Nominal values of every cell that the neuron is made of."""

    jtl: JtlValues = field(default_factory=JtlValues)
    arm: JtlValues = ARM
    tick: JtlValues = TICK
    turn: JtlValues = TURN
    splitter: SplitterValues = field(default_factory=SplitterValues)
    merger: MergerValues = field(default_factory=MergerValues)
    store: StoreValues = field(default_factory=StoreValues)
    reader: ReaderValues = field(default_factory=ReaderValues)
    swallow: SwallowValues = field(default_factory=SwallowValues)
    token: TokenValues = field(default_factory=TokenValues)

    @classmethod
    def nominal(cls, levels: int) -> NeuronValues:
        """The values of a neuron: all the same up to four levels; beyond, the middle of the store has less bias.

        The ends of the line draw some of the bias of its middle junctions. The longer the line, the less they draw
        from each, and the closer to its Ic the middle stands: with 160 uA it holds some -18 % of Ic at eight levels.
        """
        values, longer = cls(), max(0, levels - SHORT_LINE)
        store_bias = values.store.s_ib_ua - LONG_LINE_UA * longer
        return replace(values, store=replace(values.store, s_ib_ua=store_bias))

    def scaled(self, ic_scale: float) -> NeuronValues:
        return NeuronValues(**{f.name: scaled(getattr(self, f.name), ic_scale) for f in fields(self)})


@dataclass(frozen=True)
class _Cells:
    jtl: Circuit
    cross: Circuit
    turn: Circuit
    splitter: Circuit
    tree: TreeCells
    store_in: Circuit
    store_bit: Circuit
    store_end: Circuit
    reader: Circuit
    swallow: Circuit
    token: Circuit
    loop: LoopCells
    leak: LeakCells
    sampler: SamplerCells


def neuron(*, inputs: int, levels: int, reset: str = "frame", ic_scale: float = 1.0, leak_ps: float | None = None,
           sampled: bool = False, values: NeuronValues | None = None) -> Circuit:  # fmt: skip
    """A neuron with ports in0 .. in(N-1), tick, inc, dec, out.

    `levels` thresholds k = 1 .. levels, `reset` "frame" or "self", `ic_scale` on all currents (inductances follow).
    `leak_ps`: a window after which counted spikes are forgotten (cells/leak.py); `sampled`: inputs that hold their
    spikes for the next frame (cells/sampler.py), with frame reset and no leak. `values` replaces the nominal ones (for
    optimisation). Raises SfqgenError for a size or a combination that does not exist.
    """
    _check(inputs, levels, reset)
    _check_read(sampled, reset, leak_ps)
    cells = _cells((values or NeuronValues.nominal(levels)).scaled(ic_scale))
    ports = (*(f"in{i}" for i in range(inputs)), "tick", "inc", "dec", "out")
    top = CellBuilder("neuron", ports)
    stages = levels - 1
    line, tick = _inputs(top, cells, inputs, levels, approach(inputs, leak_ps, reset), sampled)
    if leak_ps is not None:
        line, tick = leak.build(top, cells.leak, leak.shape(leak.delay_jtls(leak_ps, reset)), reset, line, tick)
    _threshold_store(top, cells, stages)
    beside = SPIKE_JTLS if delayed_token(reset, leak_ps) else 0
    if reset == "frame":
        top.inst("xj", cells.jtl if leak_ps is None else cells.loop.reach, line, "x")
        token = _tick_line(top, cells, stages, tick, TOKEN_JTLS if beside else 0)
        _spike_line(top, cells, stages, token, "fired", beside)
    else:
        top.inst("oc", cells.loop.cross, line, "xo", "ob", "back")
        top.inst("xj", cells.loop.start, "xo", "x")
        top.inst("om", cells.loop.merger, tick, "back", "om")
        top.inst("ot", cells.loop.row, "om", "reset")
        token = _tick_line(top, cells, stages, "reset", TOKEN_JTLS)
        _spike_line(top, cells, stages, token, "taken", beside)
        top.inst("os", cells.loop.splitter, "taken", "again", "fired")
        _line_back(top, cells.loop, stages)
    top.inst("z", cells.jtl, "fired", "out")
    return top.done()


def _inputs(top: CellBuilder, cells: _Cells, inputs: int, levels: int, jtls: tuple[str, ...],
            sampled: bool) -> tuple[str, str]:  # fmt: skip
    """From the inputs to one line, and the tick: through a tree and its JTLs, or sampled."""
    if sampled:
        return sampler.build(top, cells.sampler, inputs, sampler_jtls(levels))
    line = tree.build(top, cells.tree, inputs)
    return jtl.chain(top, "xa", [getattr(cells.leak, kind) for kind in jtls], line), "tick"


def _check_read(sampled: bool, reset: str, leak_ps: float | None) -> None:
    if sampled and (reset != "frame" or leak_ps is not None):
        raise SfqgenError("sampled inputs are read by the frame tick, which self reset and a leak do without",
                          where="neuron", allowed="reset frame and no leak")  # fmt: skip


def _check(inputs: int, levels: int, reset: str) -> None:
    for name, value, (low, high) in (("inputs", inputs, INPUTS), ("levels", levels, LEVELS)):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise SfqgenError(f"{name} is {value!r}", where="neuron", allowed=f"a whole number from {low} to {high}")
    if reset not in RESETS:
        raise SfqgenError(f"reset is {reset!r}", where="neuron", allowed=" or ".join(RESETS))


def _cells(v: NeuronValues) -> _Cells:
    of_loop = loop.cells(v.jtl, tree.ended(v.jtl), v.tick, v.arm, v.merger, v.splitter)
    turn, token = jtl.circuit(v.turn, "jtl_turn"), token_cell.circuit(v.token)
    return _Cells(
        jtl=jtl.circuit(v.jtl),
        cross=cross.circuit(v.tick, v.arm),
        turn=turn,
        splitter=splitter.circuit(v.splitter),
        tree=tree.cells(v.merger, v.jtl),
        store_in=store.store_in(v.store),
        store_bit=store.store_bit(v.store),
        store_end=store.store_end(v.store),
        reader=reader.circuit(v.reader),
        swallow=swallow.circuit(v.swallow),
        token=token,
        loop=of_loop,
        leak=leak.cells(v.jtl, v.merger, v.splitter, turn, token, of_loop),
        sampler=sampler.cells(v.jtl, v.tick, v.merger, v.splitter, v.token),
    )


def approach(inputs: int, leak_ps: float | None = None, reset: str = "frame") -> tuple[str, ...]:
    """The JTLs X_xa0 ... between the tree and the leak, or the first stage, which a larger tree stands off."""
    if leak_ps is not None:
        return leak.approach(inputs, leak.shape(leak.delay_jtls(leak_ps, reset)).columns)
    return ("jtl",) * (APPROACH_JTLS if inputs > 2 else 0)


def delayed_token(reset: str, leak_ps: float | None) -> bool:
    """Whether the reset comes without a tick, so that the token and the spikes beside it take a longer way."""
    return reset == "self" or leak_ps is not None


def _line_back(top: CellBuilder, cells: LoopCells, stages: int) -> None:
    """From the second output of X_os, node "again", to the crossing of the spike line, node "ob"."""
    kinds = [cells.fall, *[cells.reach] * loop.back_jtls(stages), cells.stretch, cells.rise]
    names = ["of", *(f"ob{i}" for i in range(loop.back_jtls(stages))), "ol", "or"]
    line = "again"
    for name, kind in zip(names, kinds, strict=True):
        end = "ob" if name == "or" else f"n{name}"
        top.inst(name, kind, line, end)
        line = end


def sampler_jtls(levels: int) -> int:
    """Sampled inputs: JTLs that hold the first read back."""
    return sampler.delay_jtls(armed_ps(levels) - SAMPLE_EARLIER_PS)


def read_delay_ps(inputs: int, levels: int) -> tuple[float, float]:
    """Sampled inputs: from the tick to the reads of the first and of the last input."""
    return sampler.read_ps(inputs, sampler_jtls(levels))


def back_delay_ps(inputs: int, levels: int) -> float:
    """Sampled inputs: from the token of the last input to the first stage, beyond what a single input takes."""
    return sampler.back_ps(inputs, sampler_jtls(levels))


def passed_delay_ps(inputs: int, levels: int) -> float:
    """Sampled inputs: from the tick to the spike read last, both where they meet the neuron."""
    return sampler.passed_ps(inputs, sampler_jtls(levels))


def leak_tick_ps(leak_ps: float, reset: str) -> float:
    """Leak: what the way from the merger of the closing wave to the tick line adds between a tick and the stages."""
    return round(JTL_PS * leak.tick_jtls(leak.shape(leak.delay_jtls(leak_ps, reset))), 1)


def tree_delay_ps(inputs: int, leak_ps: float | None = None, reset: str = "frame") -> float:
    """What the tree and its approach add between an input pin and the first stage, or the splitter of a leak; 0 for
    one input."""
    planned = tree.plan(inputs)
    jtls = sum(len(links[0]) for links in planned.links) + len(approach(inputs, leak_ps, reset))
    return round(MERGE_PS * len(planned.levels) + JTL_PS * jtls, 1)


def _threshold_store(top: CellBuilder, cells: _Cells, stages: int) -> None:
    top.inst("si", cells.store_in, "inc", "p0")
    for i in range(stages - 1):
        top.inst(f"s{i}", cells.store_bit, f"p{i}", f"t{i}", f"p{i + 1}")
    top.inst("so", cells.store_end, f"p{stages - 1}", f"t{stages - 1}", "dec")


def _tick_line(top: CellBuilder, cells: _Cells, stages: int, tick: str, delays: int) -> str:
    """Readers and arms along the tick; returns the node at which the token leaves for its cell."""
    for i in range(stages):
        top.inst(f"x{i}", cells.cross, tick, f"tt{i}", f"r{i}", f"arm{i}")
        tick = f"tn{i}"
        top.inst(f"tq{i}", cells.splitter, f"tt{i}", f"k{i}", tick)
        top.inst(f"k{i}", cells.reader, f"t{i}", f"k{i}", f"r{i}")
    for i in range(delays):
        top.inst(f"dj{i}", cells.loop.row, tick, f"dk{i}")
        tick = f"dk{i}"
    top.inst("t", cells.turn, tick, "tk")
    return "tk"


def _spike_line(top: CellBuilder, cells: _Cells, stages: int, token: str, out: str, beside: int = 0) -> None:
    spike = "x"
    for i in range(stages):
        top.inst(f"w{i}", cells.swallow, f"arm{i}", spike, f"w{i}")
        spike = f"y{i}"
        top.inst(f"y{i}", cells.jtl, f"w{i}", spike)
    spike = jtl.chain(top, "oy", [cells.loop.stretch] * beside, spike)
    top.inst("d", cells.token, token, spike, out)
