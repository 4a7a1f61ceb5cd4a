"""A deck damaged in any way is read or refused with an SfqgenError; it never crashes, hangs or gives a NaN."""

import math
from dataclasses import fields

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.expression import evaluate, symbols_of
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.josim_write import write_josim
from sfqgen.netlist.lexer import Token

SEED = """* testbench
.model jjmit jj(rtype=1, vg=2.8mV, cap=0.07pF, r0=160, rn=16, icrit=0.1mA)
.param ic0=0.0001
.param l={2.067833848e-15/(4*ic*ic0)}
.param ic=2.5
.subckt JTL a q
.param rb=0.686m/(ic*ic0)
B1 1 2 jjmit area=ic
LP1 2 0 0.3p
RB1 1 3 rb
LRB1 3 0 (rb/2)*1.13p+0.5p
IB1 0 4 pwl(0 0 5p 175u)
LB1 4 1 2p
L1 a 1 l
L2 1 q l
K1 L1 L2 0.1
.ends JTL
.subckt PAIR a q
X1 JTL a m
X2 m q JTL L1=2p
C1 m 0 1f
T1 m 0 z 0 z0=5 td=10p
.ends
I1 0 1 pulse(0 600u 20p 2p 2p
+ 1p 100p)
V1 9 0 sin(0 1m 1g)
P1 8 0 exp(0 pi)
R9 9 8 2
XP PAIR 1 2
R1 2 0 2
.tran 0.1p 200p 0
.print p(B1.X1.XP) v(1,2) i(L1.X2.XP)
.temp 4.2
.spread 0.1 L=0.2
.end
"""
LINES = SEED.split("\n")
PIECES = ["(", ")", "{", "}", "=", ",", "'", '"', "+", "-", "*", "^", " ", "\n", "\t", "0", "1e999", "-1", "nan", "inf",
          "1e-320", "area=", "ic=", "pwl(", ".subckt", ".ends", ".param a=", "gnd", "|", ".", "X1", "K1", "\r", ";",
          "\x0b", "\u2028", "\u00b5", "jjmit", "JTL", "9" * 50, "(" * 60, "p" * 99, ".include x", ".control",
          "dc "]  # fmt: skip

edit = st.tuples(st.sampled_from(["insert", "delete", "line", "swap", "double"]), st.integers(0, len(SEED)),
                 st.integers(0, 40), st.sampled_from(PIECES))  # fmt: skip


def damaged(edits) -> str:
    text = SEED
    for kind, position, length, piece in edits:
        position = min(position, len(text))
        if kind == "insert":
            text = text[:position] + piece + text[position:]
        elif kind == "delete":
            text = text[:position] + text[position + length :]
        elif kind == "double":
            text = text[:position] + text[position : position + length] * 2 + text[position + length :]
        else:
            lines = text.split("\n")
            first, second = position % len(lines), length % len(lines)
            if kind == "line":
                lines.insert(first, LINES[second % len(LINES)])
            else:
                lines[first], lines[second] = lines[second], lines[first]
            text = "\n".join(lines)
    return text


def numbers(circuit: Circuit):
    for element in circuit.elements:
        for field in fields(element):
            value = getattr(element, field.name)
            if isinstance(value, float):
                yield value
            elif field.name == "wave":
                yield from value.values
    for cell in circuit.cells.values():
        yield from numbers(cell)


def read_or_refused(text: str):
    """The deck, or None when it is refused with one line."""
    try:
        return parse_deck(text)
    except SfqgenError as error:
        if "\n" in str(error) or not str(error).startswith("deck"):
            raise AssertionError(f"not a one-line message: {error}") from error
        return None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(edit, min_size=1, max_size=6))
def test_a_damaged_deck(edits):
    deck = read_or_refused(damaged(edits))
    if deck is not None:
        assert all(math.isfinite(number) for number in numbers(deck.circuit))
        assert parse_deck(write_josim(deck)).circuit == deck.circuit


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_at_all(text):
    deck = read_or_refused(text)
    assert deck is None or all(math.isfinite(number) for number in numbers(deck.circuit))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="0123456789.epkma+-*/^(){},sinqrtx ", max_size=60))
def test_any_expression(text):
    token = Token(text, "deck", 1)
    try:
        value = evaluate(symbols_of(token), {"x": None}.get, token)
    except SfqgenError:
        return
    assert value.is_finite()
