"""Vectors of doubles inside numba: `load` W neighbouring numbers, add, multiply, fuse, compare, `store`.

The samples of a batch lie side by side in memory, so every operation of the engine is one operation on W lanes.
numba's own vectoriser gives up on such short inner loops (it cannot prove that the arrays do not overlap), so the
lanes are an LLVM vector type here, and LLVM maps it to whatever the processor has. W is taken from the type of
`lanes`, a tuple of W integers (see `lanes_of`), so that one source serves the single run (W = 1) and batches.
"""

from __future__ import annotations

import contextlib
import operator
from pathlib import Path

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

DOUBLE = ir.DoubleType()


def compiled(function):
    """For functions that only work on arrays they are given: cached on disk, no lock, no counting of references.

    Counting (numba's `_nrt`) costs half a microsecond per step of a small circuit.
    """
    try:
        dispatcher = njit(cache=True, nogil=True, _nrt=False)(function)
    except (KeyError, TypeError, RuntimeError):  # a numba without that option, or no folder for the cache
        return njit(nogil=True)(function)
    # numba looks only at the function's own file to tell whether its cache is out of date.
    with contextlib.suppress(AttributeError):
        dispatcher._cache._cache_file._source_stamp = source_stamp()
    return dispatcher


def source_stamp() -> tuple[tuple[float, int], ...]:
    """Size and time of all files that go into the machine code."""
    files = [Path(__file__).with_name(name) for name in ("simd.py", "arrays.py", "kernel.py", "kernel_rare.py")]
    return tuple((file.stat().st_mtime, file.stat().st_size) for file in files)


class VectorType(types.Type):
    """W doubles in registers. Lives only between loads and stores; has no Python form."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"vector{width}")


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type) -> None:
        super().__init__(dmm, fe_type, ir.VectorType(DOUBLE, fe_type.width))


def lanes_of(width: int) -> tuple[int, ...]:
    """The argument whose type carries the number of lanes into a compiled function."""
    return (0,) * width


def _pointer(context, builder, array_type, array, row, width):
    """Address of `array[row, 0]` of a C-contiguous (n, W) array of doubles, as a pointer to a vector."""
    data = context.make_array(array_type)(context, builder, array).data
    offset = builder.mul(row, ir.Constant(row.type, width))
    return builder.bitcast(builder.gep(data, [offset]), ir.VectorType(DOUBLE, width).as_pointer())


@intrinsic
def load(typingctx, lanes, array, row):
    """Lanes of row `row` of a C-contiguous (n, W) array."""
    vector = VectorType(len(lanes))

    def codegen(context, builder, signature, args):
        row_value = context.cast(builder, args[2], signature.args[2], types.intp)
        instruction = builder.load(_pointer(context, builder, signature.args[1], args[1], row_value, vector.width))
        instruction.align = 8
        return instruction

    return vector(lanes, array, row), codegen


@intrinsic
def store(typingctx, lanes, array, row, value):
    """Write the lanes of `value` to row `row` of a C-contiguous (n, W) array."""

    def codegen(context, builder, signature, args):
        row_value = context.cast(builder, args[2], signature.args[2], types.intp)
        pointer = _pointer(context, builder, signature.args[1], args[1], row_value, len(lanes))
        builder.store(args[3], pointer).align = 8
        return context.get_dummy_value()

    return types.void(lanes, array, row, value), codegen


@intrinsic
def splat(typingctx, lanes, value):
    """The same number in all lanes."""
    vector = VectorType(len(lanes))

    def codegen(context, builder, signature, args):
        number = context.cast(builder, args[1], signature.args[1], types.float64)
        return _splat(builder, number, vector.width)

    return vector(lanes, value), codegen


def _splat(builder, number, width):
    result = ir.Constant(ir.VectorType(DOUBLE, width), ir.Undefined)
    for lane in range(width):
        result = builder.insert_element(result, number, ir.Constant(ir.IntType(32), lane))
    return result


@intrinsic
def muladd(typingctx, a, b, c):
    """a * b + c, fused where the processor can."""

    def codegen(context, builder, signature, args):
        kind = args[0].type
        name = f"llvm.fmuladd.v{signature.return_type.width}f64"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
        return builder.call(function, args)

    return a(a, b, c), codegen


def _unary(name):
    @intrinsic
    def operation(typingctx, a):
        def codegen(context, builder, signature, args):
            kind = args[0].type
            full = f"llvm.{name}.v{signature.return_type.width}f64"
            function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), full)
            return builder.call(function, args)

        return a(a), codegen

    return operation


nearest = _unary("rint")
magnitude = _unary("fabs")


@intrinsic
def any_differs(typingctx, a, b):
    """True when a and b differ in some lane (also when one is NaN)."""

    def codegen(context, builder, signature, args):
        return _any(builder, builder.fcmp_unordered("!=", args[0], args[1]))

    return types.boolean(a, b), codegen


@intrinsic
def any_above(typingctx, a, b):
    """True when a > b in some lane."""

    def codegen(context, builder, signature, args):
        return _any(builder, builder.fcmp_ordered(">", args[0], args[1]))

    return types.boolean(a, b), codegen


def _any(builder, mask):
    width = mask.type.count
    bits = builder.bitcast(mask, ir.IntType(width))
    return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(width), 0))


def _arithmetic(python_operator, method):
    @intrinsic
    def operation(typingctx, a, b):
        def codegen(context, builder, signature, args):
            return getattr(builder, method)(args[0], args[1])

        return a(a, b), codegen

    @overload(python_operator, inline="always")
    def overloaded(a, b):
        if isinstance(a, VectorType) and isinstance(b, VectorType):
            return lambda a, b: operation(a, b)
        return None


for _operator, _method in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"),
                           (operator.truediv, "fdiv")):  # fmt: skip
    _arithmetic(_operator, _method)


def lanes_array(rows: int, width: int) -> np.ndarray:
    """A zeroed (rows, W) array aligned to 64 bytes, so that no vector straddles a cache line."""
    raw = np.zeros(rows * width + 8)
    start = (-raw.ctypes.data % 64) // 8
    return raw[start : start + rows * width].reshape(rows, width)
