"""The instructions of the elementwise machine: the one table of names that both sides read.

An op names its own (`Op.instruction`), a program for the machine holds its number, and by the same name
`loops/elementwise.py` says what it does.  The numbers follow from the order here, and mean nothing else.
"""

from __future__ import annotations

from enum import IntEnum, auto


class Opcode(IntEnum):
    """The number of each instruction: first those of three operands, then of two, then of one."""

    multiply_add = auto()
    multiply_subtract = auto()
    subtract_product = auto()

    add = auto()
    subtract = auto()
    multiply = auto()
    divide = auto()
    maximum = auto()
    minimum = auto()
    leaky_relu = auto()
    step = auto()

    fill = auto()
    negative = auto()
    abs = auto()
    sqrt = auto()
    relu = auto()
    exp = auto()
    log = auto()
    sigmoid = auto()
    sigmoid_derivative = auto()
    tanh = auto()
    tanh_derivative = auto()

    softplus = auto()
    silu = auto()
    silu_derivative = auto()
    gelu = auto()
    gelu_derivative = auto()
    elu = auto()
    elu_derivative = auto()


OF_TWO, OF_ONE, LONG = int(Opcode.add), int(Opcode.fill), int(Opcode.softplus)
"""The first of two operands, the first of one, and the first of those that are long: most networks do
without the long ones, and have a machine without them."""
