"""Source waveforms of the JoSIM dialect: pwl, pulse, sin, exp, dc, noise, cus.

Defaults are JoSIM's (its syntax guide): a pulse without widths takes the step and the stop time of `.tran`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sfqgen.netlist.circuit import Waveform
from sfqgen.netlist.deck import Tran
from sfqgen.netlist.lexer import Files, Token
from sfqgen.netlist.params import Scope
from sfqgen.netlist.quantity import CONTEXT, as_float, decimal_of

MAX_POINTS = 1_000_000
PS = 12  # powers of ten from SI to the circuit's units
MICRO = 6
RAD = 0
THZ = -12

_CALL = re.compile(r"([A-Za-z]+)\s*\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"[^\s,(){}]+|[({]|[)}]|[\s,]+")


@dataclass(frozen=True, slots=True)
class Arguments:
    """The argument list of one source: values in the circuit's units, times in ps."""

    tokens: list[Token]
    scope: Scope
    unit: int  # MICRO for currents and voltages, RAD for phases
    tran: Tran | None
    source: Token
    files: Files
    folder: Path | None

    def value(self, index: int, exponent: int) -> float:
        return self.scope.number(self.tokens[index], exponent)

    def values(self, index: int) -> float:
        return self.value(index, self.unit)

    def optional(self, index: int, exponent: int, default: Callable[[Tran], float]) -> float:
        """An argument that may be left out; most defaults need the `.tran` line."""
        if index < len(self.tokens):
            return self.value(index, exponent)
        if self.tran is None:
            self.source.fail("an argument is left out whose default is in the .tran line", remedy="add a .tran line")
        return default(self.tran)

    def expect(self, least: int, most: int, form: str) -> None:
        if not least <= len(self.tokens) <= most:
            self.source.fail(f"{len(self.tokens)} arguments", allowed=form)


def waveform(tokens: tuple[Token, ...], scope: Scope, unit: int, tran: Tran | None, files: Files,
             folder: Path | None) -> Waveform:  # fmt: skip
    """The shape that the words after a source's nodes describe. Raises SfqgenError."""
    first = tokens[0]
    call = _CALL.fullmatch(first.text)
    if call and call[1].lower() in _KINDS:
        if len(tokens) > 1:
            tokens[1].fail("nothing may follow the source's shape", allowed=", ".join(_KINDS))
        parts = [first.part(text) for text in split_arguments(call[2])]
        return _KINDS[call[1].lower()](Arguments(parts, scope, unit, tran, first, files, folder))
    if first.text.lower() == "dc":
        if len(tokens) == 1:
            first.fail("the value is missing", allowed="dc VALUE")
        tokens, first = tokens[1:], tokens[1]
    if len(tokens) > 1:
        tokens[1].fail("a source has one shape", allowed=f"one value, or one of {', '.join(_KINDS)} with its arguments")
    if call and call[1].lower() == "pws":
        first.fail("the pws source is not supported", allowed=", ".join(_KINDS), remedy="write it as pwl")
    return Waveform("dc", (scope.number(first, unit),))


def split_arguments(text: str) -> list[str]:
    """Split at spaces and commas outside of brackets."""
    words, depth, word = [], 0, ""
    for piece in _ARGUMENT.findall(text):
        depth += (piece in "({") - (piece in ")}")
        if depth == 0 and not piece.strip(", \t\n"):
            words.append(word)
            word = ""
        else:
            word += piece
    return [word for word in [*words, word] if word]


def _pwl(args: Arguments) -> Waveform:
    count = len(args.tokens)
    if count < 2 or count % 2:
        args.source.fail(f"pwl has {count} numbers", allowed="pairs of time and value")
    points = [args.value(i, PS) if i % 2 == 0 else args.values(i) for i in range(count)]
    if points[0] == 0.0 and len(points) == 2:
        return Waveform("dc", (points[1],))
    if points[0] != 0.0:
        points = [0.0, 0.0, *points]  # what JoSIM does: the source starts from zero at t = 0
    for index in range(2, len(points), 2):
        if points[index] < points[index - 2]:
            args.tokens[index - (len(points) - count)].fail(
                "pwl times run backwards", remedy="write the points in the order of time"
            )
    return Waveform("pwl", tuple(points))


def _pulse(args: Arguments) -> Waveform:
    args.expect(2, 7, "pulse(A1 A2 TD TR TF PW PER)")
    times = (
        args.value(2, PS) if len(args.tokens) > 2 else 0.0,
        args.optional(3, PS, lambda tran: tran.step_ps),
        args.optional(4, PS, lambda tran: tran.step_ps),
        args.optional(5, PS, lambda tran: tran.stop_ps),
        args.optional(6, PS, lambda tran: tran.stop_ps),
    )
    if min(times) < 0.0 or times[-1] <= 0.0:
        args.source.fail("a time of the pulse is negative or its period is zero", allowed="times >= 0, period > 0")
    return Waveform("pulse", (args.values(0), args.values(1), *times))


def _sin(args: Arguments) -> Waveform:
    args.expect(2, 5, "sin(OFFSET AMPLITUDE FREQ TD THETA)")
    return Waveform("sin", (
        args.values(0), args.values(1), args.optional(2, THZ, lambda tran: 1.0 / tran.stop_ps),
        args.value(3, PS) if len(args.tokens) > 3 else 0.0, args.value(4, THZ) if len(args.tokens) > 4 else 0.0,
    ))  # fmt: skip


def _exp(args: Arguments) -> Waveform:
    args.expect(2, 6, "exp(A1 A2 TD1 TAU1 TD2 TAU2)")
    delay = args.value(2, PS) if len(args.tokens) > 2 else 0.0
    rise = args.optional(3, PS, lambda tran: tran.step_ps)
    later = args.optional(4, PS, lambda tran: delay + tran.step_ps)
    fall = args.optional(5, PS, lambda tran: tran.step_ps)
    if rise <= 0.0 or fall <= 0.0:
        args.source.fail("a time constant of exp is not positive", allowed="> 0")
    return Waveform("exp", (args.values(0), args.values(1), delay, rise, later, fall))


def _dc(args: Arguments) -> Waveform:
    args.expect(1, 1, "dc(VALUE)")
    return Waveform("dc", (args.values(0),))


def _noise(args: Arguments) -> Waveform:
    """JoSIM draws A * gauss / sqrt(2 TSTEP) once per TSTEP; the circuit keeps that rms value."""
    args.expect(1, 3, "noise(A TD TSTEP)")
    delay = args.value(1, PS) if len(args.tokens) > 1 else 0.0
    if len(args.tokens) > 2:
        step_s = args.scope.decimal(args.tokens[2])
    else:
        step_s = Decimal(repr(args.optional(2, PS, lambda tran: tran.step_ps))).scaleb(-PS, CONTEXT)
    if step_s <= 0:
        args.source.fail("the step of the noise is not positive", allowed="> 0")
    root = CONTEXT.sqrt(CONTEXT.multiply(Decimal(2), step_s))
    rms = as_float(CONTEXT.divide(args.scope.decimal(args.tokens[0]), root), args.unit)
    return Waveform("noise", (rms or 0.0, delay, as_float(step_s, PS) or 0.0))


def _cus(args: Arguments) -> Waveform:
    """A list of numbers in a file, one per TS, as a piecewise-linear source (interpolation 0 or 1)."""
    args.expect(1, 6, "cus(FILE TS SF IM TD PER)")
    step = args.optional(1, PS, lambda tran: tran.step_ps)
    if args.tran is not None:
        step = max(step, args.tran.step_ps)
    scale = args.value(2, 0) if len(args.tokens) > 2 else 1.0
    mode = args.value(3, 0) if len(args.tokens) > 3 else 1.0
    delay = args.value(4, PS) if len(args.tokens) > 4 else 0.0
    periodic = len(args.tokens) > 5 and args.value(5, 0) != 0.0
    if mode not in (0.0, 1.0):
        args.tokens[3].fail("this interpolation is not supported", allowed="0 (none) or 1 (linear)")
    if step <= 0.0 or delay < 0.0:
        args.source.fail("the step or the delay of cus is not positive", allowed="TS > 0, TD >= 0")
    wave = _wave_file(args.tokens[0], args.files, args.folder, scale, args.unit)
    if periodic:
        if args.tran is None:
            args.source.fail("a periodic source needs the stop time", remedy="add a .tran line")
        length = max(args.tran.stop_ps - delay, 0.0) / step
        if length > MAX_POINTS:
            args.source.fail(f"cus repeats to more than {MAX_POINTS} points", remedy="use a longer step TS")
        wave = (wave * (int(length / len(wave)) + 1))[: int(length) + 2]
    return Waveform("pwl", tuple(_sampled(wave, step, delay, linear=mode == 1.0)))


def _wave_file(name: Token, files: Files, folder: Path | None, scale: float, unit: int) -> list[float]:
    path = files.included(name, folder)
    lines = files.text(path, name).strip().split("\n")
    words = split_arguments(lines[0].replace(";", " "))
    if not 0 < len(words) <= MAX_POINTS:
        name.fail("the wave file is empty or too long", allowed=f"one line of up to {MAX_POINTS} numbers")
    wave = []
    for word in words:
        value = decimal_of(word)
        number = None if value is None else as_float(value, unit)
        if number is None:
            name.fail(f"the wave file has '{word[:30]}' instead of a number")
        wave.append(number * scale)
    return wave


def _sampled(wave: list[float], step: float, delay: float, *, linear: bool) -> list[float]:
    """Points of the source: zero before the delay and after the last sample, as JoSIM's cus."""
    points = [0.0, 0.0]
    before = 0.0
    for index, value in enumerate(wave):
        start, end = delay + index * step, delay + (index + 1) * step
        points += [start, before, end, value] if linear else [start, before, start, value]
        before = value
    end = delay + len(wave) * step
    return [*points, end, before, end, 0.0]


_KINDS: dict[str, Callable[[Arguments], Waveform]] = {
    "pwl": _pwl, "pulse": _pulse, "sin": _sin, "exp": _exp, "dc": _dc, "noise": _noise, "cus": _cus,
}  # fmt: skip
