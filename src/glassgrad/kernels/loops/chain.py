"""A tiny machine for chains of elementwise ops: a program runs over blocks that stay in the cache.

An instruction is five integers: opcode, destination, and three operands, all slots by number.  It is done
for a block of 1,024 numbers, 16 at a time, before the next one.  What an opcode means is one line of
`of_three`, `of_two`, `of_one` or `smooth`; their order is that of `NAMES` in `../chain.py`.  There are two
machines, because the smooth functions are long and most networks do without them.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.functions import exp, log, sigmoid, sigmoid_derivative, tanh, tanh_derivative
from glassgrad.kernels.gelu import gelu, gelu_derivative
from glassgrad.kernels.memory import at, f32, helper, i64
from glassgrad.kernels.simd_memory import load, load_part, store, store_part, up_to
from glassgrad.kernels.smooth import elu, elu_derivative, silu, silu_derivative, softplus
from glassgrad.kernels.vector import absolute, root, select, splat

BLOCK, THREE, TWO, SMOOTH = 1024, 3, 11, 22
"""Numbers in a block; opcodes below the second have three operands, below the third two; from the fourth on
they are smooth."""


@helper
def place(slots, advance, slot, base, start, scratch):
    """Where a slot's block is: in its array, or (advance -1) in this thread's scratch."""
    if advance[slot] < 0:
        return at(scratch, slot * BLOCK)
    return at(f32(slots, base + slot), start * advance[slot])


@helper
def of_three(opcode, a, b, c):
    """multiply_add, multiply_subtract, subtract_product: rounded twice, as the two ops would be."""
    if opcode == 0:
        y = a * b + c
    elif opcode == 1:
        y = a * b - c
    else:
        y = c - a * b
    return y


@helper
def of_two(opcode, a, b):
    """add, subtract, multiply, divide, maximum, minimum, leaky_relu, step; NaN wins in the middle two."""
    if opcode == 3:
        y = a + b
    elif opcode == 4:
        y = a - b
    elif opcode == 5:
        y = a * b
    elif opcode == 6:
        y = a / b
    elif opcode == 7:
        y = select((a >= b) | ~(a == a), a, b)
    elif opcode == 8:
        y = select((b >= a) | ~(a == a), a, b)
    elif opcode == 9:
        y = select(a < 0.0, a * b, a)
    else:
        y = select(a > 0.0, 1.0, select(a < 0.0, 0.0, select(a == 0.0, b, a)))
    return y


@helper
def of_one(opcode, a, _setting):
    """(fill,) negative, abs, sqrt, relu, exp, log, sigmoid and tanh with their derivatives."""
    if opcode == 12:
        y = splat(-0.0) - a
    elif opcode == 13:
        y = absolute(a)
    elif opcode == 14:
        y = root(a)
    elif opcode == 15:
        y = select(a < 0.0, 0.0, a)
    elif opcode == 16:
        y = exp(a)
    elif opcode == 17:
        y = log(a)
    elif opcode == 18:
        y = sigmoid(a)
    elif opcode == 19:
        y = sigmoid_derivative(a)
    elif opcode == 20:
        y = tanh(a)
    else:
        y = tanh_derivative(a)
    return y


@helper
def smooth(opcode, a, setting):
    """The same, and softplus, SiLU, GELU and ELU with their derivatives; the last two take a setting."""
    if opcode < SMOOTH:
        y = of_one(opcode, a, setting)
    elif opcode == 22:
        y = softplus(a)
    elif opcode == 23:
        y = silu(a)
    elif opcode == 24:
        y = silu_derivative(a)
    elif opcode == 25:
        y = gelu(a)
    elif opcode == 26:
        y = gelu_derivative(a)
    elif opcode == 27:
        y = elu(a, setting)
    else:
        y = elu_derivative(a, setting)
    return y


def _machine(of_one):
    """The machine with these functions of one operand."""

    def machine(first, last, args, scratch):
        """Blocks first … last - 1 of a program: code, advances of the slots, counts, then the slots."""
        code, slots, advance = i64(args, 0), args, i64(args, 1)
        fills, rows, size, base = args[2], args[3], args[4], args[5]
        for k in range(fills):
            d, a = at(scratch, code[5 * k + 1] * BLOCK), f32(slots, base + code[5 * k + 2])
            for i in range(0, BLOCK, 16):
                store(at(d, i), splat(a[0]))
        for block in range(first, last):
            start = block * BLOCK
            n = min(BLOCK, size - start)
            for k in range(fills, rows):
                opcode = code[5 * k]
                d = place(slots, advance, code[5 * k + 1], base, start, scratch)
                a = place(slots, advance, code[5 * k + 2], base, start, scratch)
                b = place(slots, advance, code[5 * k + 3], base, start, scratch)
                c = place(slots, advance, code[5 * k + 4], base, start, scratch)
                for i in range(0, n - 15, 16):
                    if opcode < THREE:
                        y = of_three(opcode, load(at(a, i)), load(at(b, i)), load(at(c, i)))
                    elif opcode < TWO:
                        y = of_two(opcode, load(at(a, i)), load(at(b, i)))
                    else:
                        y = of_one(opcode, load(at(a, i)), b[0])
                    store(at(d, i), y)
                if n % 16:  # a store under a mask is slow, so only the last one is
                    i, mask = n - n % 16, up_to(n % 16)
                    u, v = load_part(at(a, i), mask), load_part(at(b, i), mask)
                    if opcode < THREE:
                        y = of_three(opcode, u, v, load_part(at(c, i), mask))
                    elif opcode < TWO:
                        y = of_two(opcode, u, v)
                    else:
                        y = of_one(opcode, u, b[0])
                    store_part(at(d, i), y, mask)

    return machine


run, run_smooth = _machine(of_one), _machine(smooth)
