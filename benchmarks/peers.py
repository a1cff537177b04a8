"""One training step of one network in glassgrad, PyTorch and JAX, from one description.

A network is a list of layers: `("linear", D, K)`, `("conv", C, K, size, padding)`, `("pool", 2)`,
`("relu",)`, `("sigmoid",)`, `("flatten",)`.  A step is forward, softmax cross-entropy, backward, and SGD
with momentum 0.9, in float32.  Each peer is taken in its best form: PyTorch in both memory layouts, JAX
with the whole step jitted and its buffers donated, in both layouts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Layers = list[tuple[Any, ...]]
LR, MOMENTUM = 0.01, 0.9


def parameters(layers: Layers, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights in PyTorch's layout, the same for all three."""
    found = []
    for kind, *sizes in layers:
        if kind == "linear":
            d, k = sizes
            shape = (k, d)
        elif kind == "conv":
            c, k, size, _ = sizes
            shape = (k, c, size, size)
        else:
            continue
        scale = np.sqrt(2 / np.prod(shape[1:]))
        found.append(((rng.normal(size=shape) * scale).astype("f4"), np.zeros(shape[0], "f4")))
    return found


def glassgrad_step(layers: Layers, weights: Any) -> Callable[[Any, Any], float]:
    """Ours: the recorded step that `fit` uses."""
    from glassgrad import nn, optim
    from glassgrad.train.step import TrainStep

    make = {
        "linear": lambda d, k: nn.Linear(d, k),
        "conv": lambda c, k, size, padding: nn.Conv2d(c, k, size, padding=padding),
        "pool": nn.MaxPool2d,
        "relu": nn.ReLU,
        "sigmoid": nn.Sigmoid,
        "flatten": nn.Flatten,
    }
    model = nn.Sequential(*[make[kind](*sizes) for kind, *sizes in layers])
    for p, w in zip(model.parameters(), [a for pair in weights for a in pair], strict=True):
        p.value = w.copy()
    return TrainStep(model, optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM))


def torch_step(layers: Layers, weights: Any, channels_last: bool) -> Callable[[Any, Any], float]:
    """PyTorch, eager, as its tutorials write it."""
    import torch

    make = {
        "linear": torch.nn.Linear,
        "conv": lambda c, k, size, padding: torch.nn.Conv2d(c, k, size, padding=padding),
        "pool": torch.nn.MaxPool2d,
        "relu": torch.nn.ReLU,
        "sigmoid": torch.nn.Sigmoid,
        "flatten": torch.nn.Flatten,
    }
    model = torch.nn.Sequential(*[make[kind](*sizes) for kind, *sizes in layers])
    with torch.no_grad():
        for p, w in zip(model.parameters(), [a for pair in weights for a in pair], strict=True):
            p.copy_(torch.from_numpy(w))
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

    def step(x: np.ndarray, y: np.ndarray) -> float:
        images = torch.from_numpy(x)
        if channels_last and x.ndim == 4:
            images = images.to(memory_format=layout)
        loss = torch.nn.functional.cross_entropy(model(images), torch.from_numpy(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def jax_step(layers: Layers, weights: Any, channels_last: bool) -> Callable[[Any, Any], float]:
    """JAX: the whole step jitted, its state donated."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    image = "NHWC" if channels_last else "NCHW"
    kernel = "HWIO" if channels_last else "OIHW"
    window = (1, 2, 2, 1) if channels_last else (1, 1, 2, 2)
    params = [
        (
            jnp.asarray(w.transpose(2, 3, 1, 0) if w.ndim == 4 and channels_last else w),
            jnp.asarray(b),
        )
        for w, b in weights
    ]

    def forward(params: Any, x: Any) -> Any:
        if channels_last and x.ndim == 4:
            x = x.transpose(0, 2, 3, 1)
        rest = iter(params)
        for kind, *sizes in layers:
            if kind == "linear":
                w, b = next(rest)
                x = x @ w.T + b
            elif kind == "conv":
                w, b = next(rest)
                pad = [(sizes[3], sizes[3])] * 2
                x = lax.conv_general_dilated(
                    x, w, (1, 1), pad, dimension_numbers=(image, kernel, image)
                )
                x = x + (b if channels_last else b[:, None, None])
            elif kind == "pool":
                x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
            elif kind == "relu":
                x = jax.nn.relu(x)
            elif kind == "sigmoid":
                x = jax.nn.sigmoid(x)
            else:
                x = (x.transpose(0, 3, 1, 2) if channels_last else x).reshape(len(x), -1)
        return x

    def loss_of(params: Any, x: Any, y: Any) -> Any:
        z = forward(params, x)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1))

    def update(state: Any, x: Any, y: Any) -> Any:
        params, velocity = state
        loss, grads = jax.value_and_grad(loss_of)(params, x, y)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, grads)
        params = jax.tree.map(lambda p, v: p - LR * v, params, velocity)
        return (params, velocity), loss

    jitted = jax.jit(update, donate_argnums=0)
    state = [(params, jax.tree.map(jnp.zeros_like, params))]

    def step(x: np.ndarray, y: np.ndarray) -> float:
        state[0], loss = jitted(state[0], x, y.astype("i4"))
        return float(loss)

    return step
