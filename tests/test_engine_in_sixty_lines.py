"""The engine of sixty lines computes what the real one does: values, gradients and their gradients."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import glassgrad as gg

FILE = Path(__file__).parents[1] / "examples" / "engine_in_sixty_lines.py"
SMALL = runpy.run_path(str(FILE))
SHAPES = ((), (1,), (3,), (2, 3), (2, 1), (3, 2), (3, 3))


def test_it_has_sixty_lines_and_is_the_first_to_be_read():
    assert len(FILE.read_text().splitlines()) <= 60
    readme = (FILE.parents[1] / "README.md").read_text()
    assert (
        0
        < readme.index("examples/engine_in_sixty_lines.py")
        < readme.index("src/glassgrad/graph.py")
    )


def both(rng, tensor, ops):
    """A random graph in one of the engines; the same seed gives the same graph in the other."""
    leaves = [tensor(rng.normal(size=shape)) for shape in SHAPES]
    nodes, shapes = list(leaves), list(SHAPES)
    for _ in range(rng.integers(1, 50)):
        kind = rng.choice(["add", "multiply", "matmul", "array", "T", "tanh", "exp", "sum"])
        i, j = rng.integers(len(nodes), size=2)
        i = i if rng.random() < 0.3 else len(nodes) - 1
        a, b, shape = nodes[i], nodes[j], shapes[i]
        if kind in ("add", "multiply") and fits(shape, shapes[j]):
            nodes.append(a + b if kind == "add" else a * b)
            shapes.append(np.broadcast_shapes(shape, shapes[j]))
        elif (
            kind == "matmul" and [len(shape), len(shapes[j])] == [2, 2] and shape[1] == shapes[j][0]
        ):
            nodes.append(a @ b)
            shapes.append((shape[0], shapes[j][1]))
        elif kind == "array":
            constant = rng.normal(size=shape)
            nodes.append(constant + a if rng.random() < 0.5 else a * constant)
            shapes.append(shape)
        elif kind == "T" and len(shape) == 2:
            nodes.append(a.T)
            shapes.append(shape[::-1])
        elif kind == "tanh" or (kind == "exp" and i < len(SHAPES)):
            nodes.append(ops[kind](a))
            shapes.append(shape)
        elif kind == "sum":
            nodes.append(ops["sum"](a))
            shapes.append(())
    return leaves, ops["sum"](ops["tanh"](nodes[-1]))


def fits(a, b):
    try:
        return bool(np.broadcast_shapes(a, b)) or True
    except ValueError:
        return False


REAL = {"tanh": gg.tanh, "exp": gg.exp, "sum": lambda x: x.sum()}
OURS = {"tanh": SMALL["tanh"], "exp": SMALL["exp"], "sum": SMALL["sum_to"]}


def test_the_graphs_are_graphs():
    """What is drawn has every kind of op, uses values twice and leaves leaves out."""
    drawn = [both(np.random.default_rng(seed), SMALL["Tensor"], OURS) for seed in range(200)]
    sizes = [len(SMALL["topological"](y)) for _, y in drawn]
    assert max(sizes) > 20
    assert len(set(sizes)) > 10


@pytest.mark.parametrize("seed", range(200))
def test_a_random_graph_has_the_same_value_and_gradients(seed):
    ours, y = both(np.random.default_rng(seed), SMALL["Tensor"], OURS)
    theirs, z = both(np.random.default_rng(seed), gg.tensor, REAL)
    same(y.value, z.value)
    used = [i for i, x in enumerate(ours) if x in SMALL["topological"](y)]
    ours, theirs = [ours[i] for i in used], [theirs[i] for i in used]
    first, expected = SMALL["grad"](y, ours), gg.grad(z, theirs, create_graph=True)
    for a, b in zip(first, expected, strict=True):
        same(a.value, b.value)
    y, z = sum_of(map(SMALL["sum_to"], first)), sum_of(g.sum() for g in expected)
    used = [i for i, x in enumerate(ours) if x in SMALL["topological"](y)]
    for a, b in zip(
        SMALL["grad"](y, [ours[i] for i in used]),
        gg.grad(z, [theirs[i] for i in used]),
        strict=True,
    ):
        same(a.value, b)


def sum_of(values):
    first, *others = values
    for x in others:
        first = first + x
    return first


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


def test_a_long_chain_does_not_end_in_a_recursion():
    x = y = SMALL["Tensor"](1.0)
    for _ in range(20_000):
        y = y + x
    assert SMALL["grad"](y, [x])[0].value == 20_001
