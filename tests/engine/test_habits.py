"""What people write who come from NumPy, autograd, PyTorch, JAX or an engine of their own.

Each program is a function of one tensor, as found in scripts, course notes and exercises: its value and its
gradient are right, by differences of the same program on arrays; or it is refused with a line that works.
"""

import math
import re
from functools import reduce

import numpy as np
import pytest

import glassgrad as gg

X = np.array([[0.4, -1.2, 0.7], [1.5, 0.3, -0.6]])
W = np.array([[0.2, -0.5], [0.7, 0.1], [-0.3, 0.9]])
LABELS = np.array([1, 0])


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def softmax_by_hand(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def logistic(w):
    p = sigmoid(np.dot(X, w)[:, 0])
    label = p * LABELS + (1 - p) * (1 - LABELS)
    return -np.sum(np.log(label))


def cross_entropy_by_rows(w):
    p = softmax_by_hand(X @ w)
    return -np.log(p[np.arange(2), LABELS]).mean()


def cross_entropy_by_one_hot(w):
    return -np.mean(np.sum(np.eye(2)[LABELS] * np.log(softmax_by_hand(X @ w)), axis=1))


def hinge_of_svm(w):
    scores = X @ w
    right = scores[np.arange(2), LABELS][:, np.newaxis]
    margins = np.maximum(0, scores - right + 1.0)
    return (margins.sum() - 2.0) / 2 + 0.5 * 1e-1 * np.sum(w * w)


def hinge_in_loops(w):
    loss = 0.0
    for i in range(2):
        scores = X[i].dot(np.ones((3, 1))) * w[i]
        for j in range(2):
            if j == LABELS[i]:
                continue
            margin = scores[j] - scores[LABELS[i]] + 1
            if margin > 0:
                loss += margin
    return loss


def two_layers_with_lists(w):
    layers, a = [(w, 0.1), (w.T, -0.2)], X
    activations = [a]
    for weight, bias in layers:
        a = np.tanh(a @ weight + bias)
        activations.append(a)
    return sum([(a**2).sum() for a in activations[1:]])


def recurrent(w):
    h = np.zeros((2, 2))
    for t in range(3):
        h = np.tanh(np.outer(X[:, t], np.ones(2)) + h @ w[:2])
    return (h * h).sum()


def micrograd(w):
    total = 0
    for row in w:
        for v in row:
            total += v * v + 0.5 * v
    return total


def products_by_reduce(w):
    return reduce(lambda a, b: a * b, [row.sum() + 2 for row in w])


def standardised(w):
    z = (w - np.mean(w, axis=0)) / np.std(w, axis=0)
    return (z**3).sum()


def layer_norm(w):
    mu, var = w.mean(-1, keepdims=True), np.var(w, -1, keepdims=True)
    return ((w - mu) / np.sqrt(var + 1e-5) * np.array([1.0, 2.0])).sum()


def attention(w):
    q, k, v = X @ w, X @ (w * 2), X @ w[::-1]
    return (softmax_by_hand(q @ k.T / math.sqrt(q.shape[-1])) @ v).sum()


def attention_by_einsum(w):
    scores = np.einsum("id,jd->ij", X @ w, X @ w)
    return np.einsum("ij,jd->", softmax_by_hand(scores), X @ w)


def pairwise_distances(w):
    d = w[:, None, :] - w[None, :, :]
    return np.exp(-np.sum(d**2, axis=-1)).sum()


def distances_by_expansion(w):
    s = (w * w).sum(1)
    return np.sqrt(np.maximum(s[:, None] + s[None, :] - 2 * w @ w.T, 1e-3)).sum()


def cosine(w):
    unit = w / np.linalg.norm(w, axis=1, keepdims=True)
    return (unit @ unit.T).sum()


def gaussian_log_likelihood(w):
    mean, log_std = w[:, 0], w[:, 1]
    return np.sum(-0.5 * ((1.0 - mean) / np.exp(log_std)) ** 2 - log_std - 0.5 * np.log(2 * np.pi))


def elbo(w):
    mean, log_var = np.split(w, 2, axis=1)
    return -0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var))


def huber_with_where(w):
    r = np.abs(w)
    return np.where(r < 0.45, 0.5 * w**2, 0.45 * (r - 0.225)).sum()


def leaky_with_a_mask(w):
    return np.where(w > 0, w, 0.01 * w).sum() * 2


def relu_with_a_product(w):
    return (w * (w > 0)).sum()


def masked_mean(w):
    keep = w > -0.4
    return w[keep].mean()


def clipped_log(w):
    return np.log(np.clip(w, 1e-7, 1 - 1e-7)).sum() * 0.1


def polynomial(w):
    return sum(c * w[0, 0] ** k for k, c in enumerate([1.0, -2.0, 0.5, 3.0]))


def newton_for_a_root(w):
    y = np.ones_like(W)
    for _ in range(6):
        y = 0.5 * (y + (w * w + 1) / y)
    return y.sum()


def euler_steps(w):
    state = w[0]
    for _ in range(5):
        state = state + 0.1 * np.stack([state[1], -np.sin(state[0])])
    return (state**2).sum()


def written_into(w):
    out = w * 1.0
    out[0] = w[1] * w[2]
    out[:, 1] *= 2
    return (out**2).sum()


def running_total(w):
    total = np.zeros(2) + w[0]
    for row in w[1:]:
        total += row * row
    return (total**2).sum()


def flattened_and_split(w):
    theta = w.reshape(-1)
    a, b = theta[:4].reshape(2, 2), theta[4:]
    return (X[:, :2] @ a + b).sum() + (b**2).sum()


def padded_and_shifted(w):
    row = np.concatenate([np.zeros(1), w[:, 0], np.zeros(1)])
    return (row[:-2] * 0.5 + row[2:] * row[1:-1]).sum()


def total_variation(w):
    return np.abs(w[1:] - w[:-1]).sum() + ((w[:, 1:] - w[:, :-1]) ** 2).sum()


def sliding_windows(w):
    signal = np.ravel(w)
    return np.stack(
        [(signal[i : i + 3] * np.array([1.0, -2.0, 1.0])).sum() for i in range(4)]
    ).max()


def unrolled_descent(w):
    v = w
    for _ in range(3):
        v = v - 0.1 * (2 * v - v * v)
    return v.sum()


def logsumexp_by_hand(w):
    m = w.max(axis=1, keepdims=True)
    return (np.squeeze(m, 1) + np.log(np.exp(w - m).sum(axis=1))).sum()


def matrix_power(w):
    m = w[:2] * 0.5
    return np.trace(m @ m @ m)


def sorted_loss(w):
    flat = w.reshape(-1)
    return (flat[np.argsort(flat)] * np.arange(6)).sum()


def in_swapped_axes(w):
    return np.prod((np.swapaxes(w, 0, 1)[..., None] * np.ones(2)).mean(axis=(0, 2)))


def cumulated(w):
    return (np.cumsum(w, axis=0) ** 2).sum()


def vstacked(w):
    return (np.vstack([w, np.ones((1, 2)), w[:1] * 2]) ** 3).sum()


def squared_error_with_bias_column(w):
    design = np.hstack([np.ones((2, 1)), X[:, :2]])
    return np.mean((design @ w - np.eye(2)) ** 2)


def scalar_math(w):
    a = w[0, 0]
    return a**2 + 3 / (1 + a) - abs(a - 1) + (-a) * 2**a


PROGRAMS = [
    logistic, cross_entropy_by_rows, cross_entropy_by_one_hot, hinge_of_svm, hinge_in_loops,
    two_layers_with_lists, recurrent, micrograd, products_by_reduce, standardised, layer_norm, attention,
    attention_by_einsum, pairwise_distances, distances_by_expansion, cosine, gaussian_log_likelihood, elbo,
    huber_with_where, leaky_with_a_mask, relu_with_a_product, masked_mean, clipped_log, polynomial,
    newton_for_a_root, euler_steps, written_into, running_total, flattened_and_split, padded_and_shifted,
    total_variation, sliding_windows, unrolled_descent, logsumexp_by_hand, matrix_power, sorted_loss,
    in_swapped_axes, cumulated, vstacked, squared_error_with_bias_column, scalar_math,
]  # fmt: skip


def differences(f, w, h=1e-5):
    found = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[i] += h
        down[i] -= h
        found[i] = (float(f(up)) - float(f(down))) / (2 * h)
    return found


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_written_for_arrays_and_right_for_tensors(f):
    w = gg.tensor(W.copy())
    y = f(w)
    assert isinstance(y, gg.Tensor)
    assert float(y) == pytest.approx(float(f(W.copy())), rel=1e-12)
    y.backward()
    assert w.grad == pytest.approx(differences(f, W), rel=1e-6, abs=1e-8)
    assert np.array_equal(w.numpy(), W)


REFUSED = [
    (lambda w: w.std(axis=0), "write gg.std(x)", lambda w: gg.std(w, axis=0)),
    (lambda w: w.var(axis=0), "write gg.var(x)", lambda w: gg.var(w, axis=0)),
    (lambda w: w.ravel(), "write gg.ravel(x)", lambda w: gg.ravel(w)),
    (lambda w: w.flatten(), "write gg.flatten(x)", lambda w: gg.flatten(w)),
    (lambda w: w[:1].squeeze(0), "write gg.squeeze(x)", lambda w: gg.squeeze(w[:1])),
    (lambda w: w.prod(), "write gg.prod(x)", lambda w: gg.prod(w)),
    (lambda w: np.sort(w[0]), "write x[np.argsort(x)]", lambda w: w[0][np.argsort(w[0])]),
    (lambda w: w % 1.0, "write x - y * np.floor", lambda w: w - 1.0 * np.floor((w / 1.0).numpy())),
    (lambda w: np.pad(w, 1), "dir(gg) lists the ops", lambda w: gg.pad(w, ((1, 1), (1, 1)))),
    (
        lambda w: np.array([w[0, 0], w[1, 1]]),
        "gg.stack(tensors)",
        lambda w: gg.stack([w[0, 0], w[1, 1]]),
    ),
    (lambda w: np.asarray(w) * 2, "use an op", lambda w: w * 2),
]


@pytest.mark.parametrize(("written", "advice", "instead"), REFUSED)
def test_what_is_refused_says_what_to_write(written, advice, instead):
    w = gg.tensor(W.copy())
    with pytest.raises((gg.errors.GlassgradError, AttributeError), match=re.escape(advice)):
        written(w)
    gg.sum(instead(w)).backward()
    by_hand = differences(lambda v: np.sum(np.asarray(instead(gg.tensor(v)).numpy())), W)
    assert w.grad == pytest.approx(by_hand, rel=1e-6, abs=1e-8)


def test_a_loop_of_ones_own_with_a_dictionary_of_weights():
    """As in a hundred notebooks: parameters in a dict, updates by hand, losses in a list, printed."""
    rng = np.random.default_rng(0)
    weights = {
        "w1": rng.normal(size=(3, 8)) * 0.5,
        "b1": np.zeros(8),
        "w2": rng.normal(size=(8, 2)),
    }
    params = {name: gg.tensor(value, name=name) for name, value in weights.items()}
    losses, said = [], []
    for epoch in range(200):
        hidden = np.maximum(X @ params["w1"] + params["b1"], 0)
        logits = hidden @ params["w2"]
        loss = -np.mean(np.log(softmax_by_hand(logits)[range(2), LABELS]))
        loss.backward()
        with gg.no_grad():
            for p in params.values():
                p -= 0.1 * p.grad
        for p in params.values():
            p.grad = None
        losses.append(float(loss))
        if epoch % 100 == 0:
            accuracy = (np.argmax(logits, axis=1) == LABELS).mean()
            said.append(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.0%}")
    assert losses[-1] < 0.05 < losses[0]
    assert said[-1].startswith("epoch 100: loss 0.0")
    assert said[-1].endswith("accuracy 100%")
    assert all(params[name].grad is None and params[name].op is None for name in weights)


def test_gradients_as_functions_of_their_arguments():
    """As in autograd and JAX: the gradient is a function, and so is the gradient of the gradient."""

    def grad(f):
        def of(x):
            t = x if isinstance(x, gg.Tensor) else gg.tensor(x)
            return gg.grad(f(t).sum(), t, create_graph=True)

        return of

    x = 0.3
    assert float(grad(np.tanh)(x)) == pytest.approx(1 - math.tanh(x) ** 2)
    assert float(grad(grad(np.tanh))(x)) == pytest.approx(
        -2 * math.tanh(x) * (1 - math.tanh(x) ** 2)
    )
    assert float(grad(grad(grad(np.sin)))(x)) == pytest.approx(-math.cos(x))


@pytest.mark.parametrize("traced", [False, True])
def test_the_same_programs_within_jit(traced):
    """Each as a step that is repeated: gradients are the same numbers every time."""
    for f in PROGRAMS:
        w = gg.tensor(W.copy())

        def step(w=w, f=f):
            w.grad = None
            f(w).backward()

        once = gg.jit(step) if traced else step
        for _ in range(3):
            once()
            assert w.grad == pytest.approx(differences(f, W), rel=1e-6, abs=1e-8), f.__name__
