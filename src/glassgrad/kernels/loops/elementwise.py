"""A tiny machine for chains of elementwise ops: a program runs over blocks that stay in the cache.

An instruction is five integers: opcode, destination, and three operands, all slots by number.  It is done
for a block of 1,024 numbers, 16 at a time, before the next one.  What an opcode means is one line of
`of_three`, `of_two`, `of_one` or `of_one_long`; their names are in `../instructions.py`.  There are two
machines, because the last ones are long and most networks do without them.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.elementwise import BLOCK
from glassgrad.kernels.functions import exp, log, sigmoid, sigmoid_derivative, tanh, tanh_derivative
from glassgrad.kernels.gelu import gelu, gelu_derivative
from glassgrad.kernels.instructions import LONG, OF_ONE, OF_TWO, Opcode
from glassgrad.kernels.pointers import at, f32, helper
from glassgrad.kernels.simd_memory import load, load_part, store, store_part, up_to
from glassgrad.kernels.smooth import elu, elu_derivative, silu, silu_derivative, softplus
from glassgrad.kernels.vector import absolute, root, select, splat


@helper
def place(slots, advance, slot, start, scratch):
    """Where a slot's block is: in its array, or (advance -1) in this thread's scratch."""
    if advance[slot] < 0:
        return at(scratch, slot * BLOCK)
    return at(f32(slots, slot), start * advance[slot])


@helper
def of_three(opcode, a, b, c):
    """multiply_add, multiply_subtract, subtract_product: rounded twice, as the two ops would be."""
    if opcode == Opcode.multiply_add:
        y = a * b + c
    elif opcode == Opcode.multiply_subtract:
        y = a * b - c
    else:
        y = c - a * b
    return y


@helper
def of_two(opcode, a, b):
    """add, subtract, multiply, divide, maximum, minimum, leaky_relu, step; NaN wins in the middle two."""
    if opcode == Opcode.add:
        y = a + b
    elif opcode == Opcode.subtract:
        y = a - b
    elif opcode == Opcode.multiply:
        y = a * b
    elif opcode == Opcode.divide:
        y = a / b
    elif opcode == Opcode.maximum:
        y = select((a >= b) | ~(a == a), a, b)
    elif opcode == Opcode.minimum:
        y = select((b >= a) | ~(a == a), a, b)
    elif opcode == Opcode.leaky_relu:
        y = select(a < 0.0, a * b, a)
    else:
        y = select(a > 0.0, 1.0, select(a < 0.0, 0.0, select(a == 0.0, b, a)))
    return y


@helper
def of_one(opcode, a, _setting):
    """(fill,) negative, abs, sqrt, relu, exp, log, sigmoid and tanh with their derivatives."""
    if opcode == Opcode.negative:
        y = splat(-0.0) - a
    elif opcode == Opcode.abs:
        y = absolute(a)
    elif opcode == Opcode.sqrt:
        y = root(a)
    elif opcode == Opcode.relu:
        y = select(a < 0.0, 0.0, a)
    elif opcode == Opcode.exp:
        y = exp(a)
    elif opcode == Opcode.log:
        y = log(a)
    elif opcode == Opcode.sigmoid:
        y = sigmoid(a)
    elif opcode == Opcode.sigmoid_derivative:
        y = sigmoid_derivative(a)
    elif opcode == Opcode.tanh:
        y = tanh(a)
    else:
        y = tanh_derivative(a)
    return y


@helper
def of_one_long(opcode, a, setting):
    """The same, and softplus, SiLU, GELU and ELU with their derivatives; the last two take a setting."""
    if opcode < LONG:
        y = of_one(opcode, a, setting)
    elif opcode == Opcode.softplus:
        y = softplus(a)
    elif opcode == Opcode.silu:
        y = silu(a)
    elif opcode == Opcode.silu_derivative:
        y = silu_derivative(a)
    elif opcode == Opcode.gelu:
        y = gelu(a)
    elif opcode == Opcode.gelu_derivative:
        y = gelu_derivative(a)
    elif opcode == Opcode.elu:
        y = elu(a, setting)
    else:
        y = elu_derivative(a, setting)
    return y


def _machine(of_one):
    """The machine with these functions of one operand."""

    def machine(first, last, args, scratch):
        """Blocks first … last - 1 of a program."""
        code, slots, advance = args.code, args.slots, args.advance
        fills, rows, size = args.fills, args.rows, args.size
        for k in range(fills):
            d, a = at(scratch, code[5 * k + 1] * BLOCK), f32(slots, code[5 * k + 2])
            for i in range(0, BLOCK, 16):
                store(at(d, i), splat(a[0]))
        for block in range(first, last):
            start = block * BLOCK
            n = min(BLOCK, size - start)
            for k in range(fills, rows):
                opcode = code[5 * k]
                d = place(slots, advance, code[5 * k + 1], start, scratch)
                a = place(slots, advance, code[5 * k + 2], start, scratch)
                b = place(slots, advance, code[5 * k + 3], start, scratch)
                c = place(slots, advance, code[5 * k + 4], start, scratch)
                for i in range(0, n - 15, 16):
                    if opcode < OF_TWO:
                        y = of_three(opcode, load(at(a, i)), load(at(b, i)), load(at(c, i)))
                    elif opcode < OF_ONE:
                        y = of_two(opcode, load(at(a, i)), load(at(b, i)))
                    else:
                        y = of_one(opcode, load(at(a, i)), b[0])
                    store(at(d, i), y)
                if n % 16:  # a store under a mask is slow, so only the last one is
                    i, mask = n - n % 16, up_to(n % 16)
                    u, v = load_part(at(a, i), mask), load_part(at(b, i), mask)
                    if opcode < OF_TWO:
                        y = of_three(opcode, u, v, load_part(at(c, i), mask))
                    elif opcode < OF_ONE:
                        y = of_two(opcode, u, v)
                    else:
                        y = of_one(opcode, u, b[0])
                    store_part(at(d, i), y, mask)

    return machine


run_basic, run_all = _machine(of_one), _machine(of_one_long)
