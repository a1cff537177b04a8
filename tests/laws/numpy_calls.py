"""Every public function of NumPy, called on a tensor: what came of it?  Run this file to print the table.

The calls are made by program: each function is tried with several kinds of arguments, and those that
NumPy itself takes on plain arrays are then made with a tensor in place of an array.
"""

import collections
import inspect
import warnings

import numpy as np

import glassgrad as gg
from glassgrad.errors import GlassgradError

V, W = np.array([0.3, 1.7, -0.4, 0.9]), np.array([1.1, -0.6, 0.8, 2.3])
M = np.array([[1.3, -0.2, 0.5], [0.4, 2.1, -0.7], [-0.3, 0.6, 1.9]])
P = np.array([0.31, 0.52, 0.47, 0.23])
ROOMS = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
SLOW = {
    "bartlett",
    "blackman",
    "hamming",
    "hanning",
    "kaiser",
    "info",
    "source",
    "test",
    "show_config",
}
SLOW |= {"empty", "empty_like", "frombuffer", "bmat"}
"""Not about arrays, or they print; their numbers are not defined; bytes; it takes no array-like at all."""
FILES = {
    "save",
    "savez",
    "savez_compressed",
    "savetxt",
    "load",
    "loadtxt",
    "genfromtxt",
    "fromfile",
}
FILES |= {"show_runtime", "get_include", "setbufsize", "seterr", "seterrcall", "set_printoptions"}


def functions():
    """Every public callable of NumPy but its types, as (name, function)."""
    for room, module in ROOMS.items():
        for name in sorted(dir(module)):
            f = getattr(module, name)
            if name.startswith("_") or isinstance(f, type) or not callable(f):
                continue
            if name not in SLOW | FILES and not inspect.isclass(f):
                yield f"{room}.{name}", f


def argument_lists():
    """Arguments of many kinds, as (arguments, options); arrays of floats are what becomes a tensor."""
    for a, b in ((V, W), (P, P[::-1].copy()), (M, M.T.copy()), (V[:3], M), (M[0, 0], V)):
        yield (a,), {}
        yield (a, b), {}
        yield (a, b, W[:3]), {}
        for second in (0, 1, 2, -1, (0, 1), (1, 0), 0.5, [1, 0], [0, 2], True, "x"):
            yield (a, second), {}
        yield (a,), {"axis": -1}
        yield (a, 0, 1), {}
        yield (a, 0, -1), {}
        yield (a, [0, 1], 5.0), {}
        yield (a, a > 0, 5.0), {}
        yield ([a, b],), {}
        yield ((a, b),), {"axis": -1}
        yield (a > 0, a, b), {}
        yield ([a > 0.5], [a]), {}
        yield (a, lambda x: x * 2), {}
        yield (lambda x: x.sum(), 0, a), {}
        yield (lambda i: i, (2,)), {}
        yield ("i,i->i", a, b), {}
        yield ("ij,jk->ik", a, b), {}
        yield (3, a), {}
        yield (0.0, a), {}
        yield (0, 1, a), {}
    yield (M, np.array([[0], [1], [2]]), 1), {}
    yield (V, np.array([0, 1, 1, 2])), {}
    yield (np.array([0, 1, 1, 2]), V), {}
    yield (V, 1, 3), {}
    yield (V, 0.1, 0.5), {}
    yield (V, np.array([1, 2, 3, 4.5]), np.array([2, 3, 4, 5.0])), {}


def with_tensors(x, made):
    """The same argument with a tensor for each array of floats; the tensors are noted in `made`."""
    if isinstance(x, np.ndarray | np.floating) and np.asarray(x).dtype.kind == "f":
        made.append(gg.tensor(x))
        return made[-1]
    return type(x)(with_tensors(v, made) for v in x) if isinstance(x, list | tuple) else x


def with_arrays(x, values):
    """The same argument with the next of `values` for each array of floats."""
    if isinstance(x, np.ndarray | np.floating) and np.asarray(x).dtype.kind == "f":
        return next(values)
    return type(x)(with_arrays(v, values) for v in x) if isinstance(x, list | tuple) else x


def copied(x):
    """The same argument, its arrays copied: some functions write."""
    if isinstance(x, np.ndarray):
        return x.copy()
    return type(x)(map(copied, x)) if isinstance(x, list | tuple) else x


def flat(y):
    """All numbers of a result as one vector of floats; None if it holds something else."""
    parts = y if isinstance(y, list | tuple) else [y]
    arrays = [p.numpy() if isinstance(p, gg.Tensor) else np.asarray(p) for p in parts]
    if any(a.dtype.kind not in "fiub" for a in arrays):
        return None
    return np.concatenate([a.ravel().astype(float) for a in arrays]) if arrays else np.zeros(0)


def slope(f, args, options, values, along):
    """The derivative of all numbers of `f` in a direction, by differences; None where it has none."""

    def at(h):
        moved = iter([v + h * d for v, d in zip(values, along, strict=True)])
        return flat(f(*with_arrays(copied(args), moved), **options))

    ends = [at(h) for h in (1e-4, -1e-4, 2e-4, -2e-4)]
    if any(e is None or e.shape != ends[0].shape for e in ends):
        return None
    found = (8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / 12e-4
    return found if np.isfinite(found).all() else None


def outcome(f, args, options):
    """What a call on tensors comes to: "recorded", "plain", "refused", or what is wrong with it."""
    made = []
    call = with_tensors(copied(args), made)
    values = [t.numpy() for t in made]
    try:
        y = f(*call, **options)
    except GlassgradError as error:
        said = str(error)
        return (
            "refused" if any(w in said for w in ("write", "Write", ": ")) else f"no advice: {said}"
        )
    except Exception as error:
        return f"raw {type(error).__name__}: {error}"
    if any(not np.array_equal(t.numpy(), v) for t, v in zip(made, values, strict=True)):
        return "wrote into a tensor"
    if y is None:
        return "silent: None"
    expected = flat(f(*copied(args), **options))
    if expected is None:
        return "plain"
    if not np.allclose(flat(y), expected, rtol=1e-9, atol=1e-12, equal_nan=True):
        return f"another value: {flat(y)} for {expected}"
    rng = np.random.default_rng(0)
    along = [rng.normal(size=v.shape) for v in values]
    wanted = slope(f, args, options, values, along)
    tensors = [p for p in (y if isinstance(y, list | tuple) else [y]) if isinstance(p, gg.Tensor)]
    if any(t.requires_grad for t in tensors):
        weights = rng.normal(size=expected.shape)
        total, start = 0.0, 0
        for t in tensors:
            total = total + (t * weights[start : start + t.size].reshape(t.shape)).sum()
            start += t.size
        found = sum((g * d).sum() for g, d in zip(gg.grad(total, made), along, strict=True))
        right = wanted is None or np.isclose(found, wanted @ weights, rtol=1e-5, atol=1e-6)
        if not right and not np.isnan(found):  # a NaN says so: the spread of one number
            return f"another gradient: {found} for {wanted @ weights}"
        return "recorded"
    counts = all(
        np.asarray(p).dtype.kind in "iub" for p in (y if isinstance(y, list | tuple) else [y])
    )
    if wanted is not None and not counts and np.abs(wanted).max(initial=0) > 1e-6:
        return f"silent: {type(y).__name__} without its gradient"
    return "plain"


def outcomes(f):
    """Each outcome of the calls that NumPy itself takes, with how often it came."""
    found = collections.Counter()
    for args, options in argument_lists():
        if not any(True for _ in _floats(args)):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                plain = f(*copied(args), **options)
        except Exception:
            continue
        if isinstance(plain, type | str | bytes | np.dtype | bool) or _is_same(plain, args):
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found[outcome(f, args, options)] += 1
    return found


def _floats(x):
    if isinstance(x, np.ndarray | np.floating) and np.asarray(x).dtype.kind == "f":
        yield x
    for v in x if isinstance(x, list | tuple) else ():
        yield from _floats(v)


def _is_same(y, args):
    """A function such as `np.isscalar` or `np.iterable` asks about the object, not its numbers."""
    return isinstance(y, np.flatiter | np.nditer) or type(y).__module__ not in ("numpy", "builtins")


if __name__ == "__main__":
    table = collections.Counter()
    for name, f in functions():
        found = outcomes(f)
        kinds = {o.split(":")[0].split(" ")[0] for o in found}
        if found:
            table[" and ".join(sorted(kinds))] += 1
        for o, n in found.items():
            if o not in ("recorded", "plain", "refused"):
                print(f"{name:28} {n:3} × {o[:150]}")
    print(*(f"{n:4} {kind}" for kind, n in table.most_common()), sep="\n")
