"""The time integration: one second-order differentiation rule, applied alike to every capacitor, resistor and line.

d/dt of a quantity x is the two-step rule  b2 x'(n+1) + b1 x'(n) + b0 x'(n-1) = (a2 x(n+1) + a1 x(n) + a0 x(n-1)) / h
with both roots at infinite frequency at -RHO. RHO = 1 is the trapezoidal rule (which rings for ever on a corner of a
source), RHO = 0 the backward difference of second order that JoSIM uses. All members are A-stable; the leading
timing error is (4 - 3 * 2(1 - ... )) see `error_constant`.
"""

from __future__ import annotations

from dataclasses import dataclass

RHO = 0.7


@dataclass(frozen=True)
class Rule:
    """x' = c x + w with memory w: after each step w <- c1 x - r1 x' + w2, w2 <- c0 x - r0 x' (all divided by h)."""

    step_ps: float
    c: float
    c1: float
    c0: float
    r1: float
    r0: float
    error_constant: float


def rule(step_ps: float, rho: float = RHO) -> Rule:
    """Coefficients for a step; `error_constant` k: the rule differentiates exp(iwt) to iw (1 + k (w h)^2) exp(iwt)."""
    skew = (1.0 - rho) / (1.0 + rho)
    b2, b0 = 1.0 / (1.0 + rho) ** 2, (rho / (1.0 + rho)) ** 2
    scale = 1.0 / (step_ps * b2)
    return Rule(step_ps, (0.5 + skew) * scale, -2.0 * skew * scale, (skew - 0.5) * scale, 2.0 * rho, rho * rho,
                0.5 * (b2 + b0) - 1.0 / 6.0)  # fmt: skip


def predictor(rule: Rule, straight: bool = True) -> list[float]:
    """Factors of phase, w1, w2, z1, z2 and the previous acceleration in the phase predicted for the end of a step.

    (w1, w2) is the memory of the phase, (z1, z2) that of its rate; the acceleration goes on along a straight line, or
    keeps its value.
    """
    last, further = (2.0, 1.0) if straight else (1.0, 0.0)

    def ahead(phase: float, w1: float, w2: float, z1: float, z2: float, before: float) -> float:
        rate = rule.c * phase + w1
        acceleration = rule.c * rate + z1
        w1 = rule.c1 * phase - rule.r1 * rate + w2
        z1 = rule.c1 * rate - rule.r1 * acceleration + z2
        return ((last * acceleration - further * before - z1) / rule.c - w1) / rule.c

    return [ahead(*(float(k == one) for k in range(6))) for one in range(6)]
