"""The Educational Framework of "Deep Learning Exercise 2" with its own interface, on glassgrad's ops.

Write `import glassgrad.bridges.edf as edf`, and notebooks made for `edf.py` run unchanged.  A graph is a
list: `Forward` goes through `CompNodes` in the order of creation, `Backward` in reverse, and a node is any
object with `forward`, `backward`, `value` and `grad` that somebody appended.  That is why state lives in
this module, and only here: programs set `edf.learning_rate` and read `edf.CompNodes` from outside.
Read next: `edf_notebooks.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.errors import GraphError, SettingError, ShapeError
from glassgrad.ops.shared.checks import require_labels

Array = NDArray[Any]

DT: Any = np.float32
"""The number type of parameters and gradients."""
learning_rate: float = 0.001
"""Set from outside: `edf.learning_rate = 0.5`."""
CompNodes: list[Any] = []
"""The computed nodes, in the order of creation; a class of one's own appends itself."""
Parameters: list[Any] = []
"""What `UpdateParameters` changes, in the order of creation."""


def clear_compgraph() -> None:
    """Begin a new graph.

    The module gets new, empty lists.  The old ones are left as they are: a program that keeps
    `old = edf.CompNodes` can put that graph back, and nodes and parameters made before stay usable.
    """
    globals().update(CompNodes=[], Parameters=[])


def Forward() -> None:
    """Compute the value of every node, in the order of creation."""
    for node in CompNodes:
        node.forward()


def Backward(loss: Any) -> None:
    r"""Fill the gradients of all nodes and parameters: $\bar\ell_n = 1/N$, then the rules, in reverse.

    The value of `loss` is one number per example, (N,).

    Raises:
        GraphError: a node has no value yet.
        ShapeError: the loss is one number.
    """
    for node in [*CompNodes, *Parameters]:
        if not hasattr(node, "value"):
            raise GraphError(
                f"expected the value of every node, got none of {type(node).__name__}: "
                "call edf.Forward() before edf.Backward(loss)."
            )
        node.grad = np.zeros(np.shape(node.value), DT)
    if np.ndim(loss.value) == 0:
        raise ShapeError(
            "expected a loss of shape (N,), one per example, got a single number: leave the mean to "
            "Backward, or write np.reshape(value, (1,))."
        )
    loss.grad = np.ones(np.shape(loss.value)) / len(loss.value)
    for node in CompNodes[::-1]:
        node.backward()


def UpdateParameters() -> None:
    r"""One step downhill for every parameter: $p \leftarrow p - \eta\,\bar p$."""
    for p in Parameters:
        p.UpdateParameters()


def SGD() -> None:
    """The older name of `UpdateParameters`; it calls the method of its own name, which may be yours."""
    for p in Parameters:
        p.SGD()


class Input:
    """A place for data: set `.value` before `Forward`.  Gradients that arrive here are dropped."""

    value: Any

    def addgrad(self, delta: Any) -> None:
        """Do nothing: nobody needs the gradient of the data."""

    def __getattr__(self, name: str) -> Any:
        hint = ": write node.value = … before edf.Forward()" if name == "value" else ""
        raise AttributeError(f"this {type(self).__name__} has no '{name}' yet{hint}.")


class Parameter:
    """A value to be learned, float32; it joins `Parameters`.

    >>> p = Parameter([1, 2])
    >>> p.addgrad(np.ones((5, 2)))
    >>> p.grad
    array([5., 5.], dtype=float32)
    """

    def __init__(self, value: Any) -> None:
        self.value: Array = np.array(value, DT)
        self.grad: Array = np.zeros(self.value.shape, DT)
        Parameters.append(self)

    def addgrad(self, delta: Any) -> None:
        """Add the gradients of all examples: `delta` has the batch as its first axis."""
        self.grad += np.sum(delta, axis=0)

    def UpdateParameters(self) -> None:
        r"""$p \leftarrow p - \eta\,\bar p$, in place."""
        self.value -= learning_rate * self.grad

    SGD = UpdateParameters


class CompNode:
    """A computed node.  Subclasses append themselves to `CompNodes` and define forward and backward."""

    value: Any
    grad: Any

    def addgrad(self, delta: Any) -> None:
        """Add what a user of this node sends back."""
        self.grad += delta

    def forward(self) -> None:
        """Compute `value` from the values of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward().")

    def backward(self) -> None:
        """Send `grad`, times the derivative, to the inputs: `self.x.addgrad(…)`."""
        raise NotImplementedError(f"{type(self).__name__} defines no backward().")


class ParameterPackage:
    """Parameters that belong together, as fields."""


class AffineParams(ParameterPackage):
    """Weights `A` (D, K), also called `w`, drawn uniformly from ±Xavier(D), and a bias `b` (K,) of zeros.

    The draw is from NumPy's global generator, as programs expect: `np.random.seed(1234)` fixes it.
    """

    def __init__(self, nInputs: int, nOutputs: int) -> None:
        bound = Xavier(nInputs)
        draw = np.random.uniform(-bound, bound, (nInputs, nOutputs))  # noqa: NPY002 (as EDF draws)
        self.A = Parameter(draw)
        self.b = Parameter(np.zeros(nOutputs))

    @property
    def w(self) -> Any:
        """The weights, by their older name."""
        return self.A

    @w.setter
    def w(self, weights: Any) -> None:
        self.A = weights


def Xavier(nInputs: int) -> float:
    r"""The bound $\sqrt{3/D}$: uniform weights within ± it have the variance $1/D$."""
    return float(np.sqrt(3.0 / nInputs))


class Affine(CompNode):
    r"""$y = x A + b$.        x : (N, D)   A : (D, K)   b : (K,)   y : (N, K)"""

    def __init__(self, w: Any, x: Any) -> None:
        CompNodes.append(self)
        self.w = self.Phi = w
        self.x = x

    @property
    def weights(self) -> Any:
        """The matrix of the package: its `A`, or its `w` where a program named it so."""
        return self.w.A if hasattr(self.w, "A") else self.w.w

    def forward(self) -> None:
        product = ops.matmul(np.asarray(self.x.value), self.weights.value)
        self.value = ops.add(product, self.w.b.value)

    def backward(self) -> None:
        A, x = self.weights, np.asarray(self.x.value)
        to_x, to_A = _rule(ops.matmul, self.grad, None, x, A.value)
        self.x.addgrad(to_x())
        self.w.b.addgrad(self.grad)
        A.addgrad(to_A()[np.newaxis])  # the product has summed over the batch already


class Activation(CompNode):
    """A function of one node."""

    def __init__(self, x: Any) -> None:
        CompNodes.append(self)
        self.x = x


class Sigmoid(Activation):
    r"""$y = \sigma(\min(\max(x, -10), 10))$, with the derivative $y\,(1-y)$.        x, y : (...)"""

    def forward(self) -> None:
        self.value = ops.sigmoid(ops.clip(_real(self.x.value), -10, 10))

    def backward(self) -> None:
        self.x.addgrad(self.grad * self.value * (1 - self.value))


class Relu(Activation):
    r"""$y = \max(x, 0)$, with the derivative 0 at 0.        x, y : (...)"""

    def forward(self) -> None:
        self.value = ops.relu(_real(self.x.value))

    def backward(self) -> None:
        self.x.addgrad(_rule(ops.ReLU(), self.grad, self.value, _real(self.x.value)))


class Softmax(CompNode):
    r"""Softmax of rows, less their maximum and cut off at $-10$.        s : (N, K)   y : (N, K)"""

    def __init__(self, s: Any) -> None:
        CompNodes.append(self)
        self.s = s

    def forward(self) -> None:
        s = _real(self.s.value)
        self.value = ops.softmax(ops.clip(s - s.max(1, keepdims=True), -10))

    def backward(self) -> None:
        self.s.addgrad(_rule(ops.Softmax(), self.grad, self.value, self.s.value))


class SingleProbToProbVector(CompNode):
    r"""The probability p of class 0 becomes $(p,\, 1-p)$.        p : (N,) or (N, 1)   y : (N, 2)"""

    def __init__(self, p: Any) -> None:
        CompNodes.append(self)
        self.p = p

    def forward(self) -> None:
        p = np.reshape(_real(self.p.value), (-1, 1))
        self.value = ops.concatenate([p, 1 - p], axis=1)

    def backward(self) -> None:
        self.p.addgrad(np.reshape(self.grad[:, 0] - self.grad[:, 1], np.shape(self.p.value)))


class CrossEntropyLoss(CompNode):
    r"""$\ell_n = -\log p_{n, y_n}$, of probabilities.        p : (N, K)   y : (N,)   value : (N,)

    Raises:
        SettingError: p is no computed node, so nothing could be learned.
        LabelError: a label outside 0 … K-1, or not a whole number.
    """

    def __init__(self, p: Any, y: Any) -> None:
        if isinstance(p, Input | Parameter):
            raise SettingError(
                f"{type(self).__name__} expects a computed node of probabilities, got "
                f"{type(p).__name__}: write edf.Softmax(node)."
            )
        CompNodes.append(self)
        self.p, self.y = p, y

    def forward(self) -> None:
        require_labels(ops.SoftmaxCrossEntropy(), self.y.value, np.shape(self.p.value)[1])
        self.value = -ops.log(_real(self.p.value)[self.picker])

    def backward(self) -> None:
        with np.errstate(all="ignore"):  # a probability of 0 gives an infinity, as in every op
            self.p.grad[self.picker] -= self.grad / np.asarray(self.p.value)[self.picker]

    @property
    def picker(self) -> tuple[Array, Array]:
        """Row and label of each example."""
        return np.arange(len(self.y.value)), np.asarray(self.y.value)


LogLoss = CrossEntropyLoss  # its older name


def _real(value: Any) -> Array:
    """As real numbers: programs feed integers too."""
    array = np.asarray(value)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _rule(op: ops.Op, g: Any, y: Any, *inputs: Any) -> Any:
    """What an op's rule sends back, at the values the nodes hold now: programs edit them in place."""
    with np.errstate(all="ignore"):
        return op.vjp(np.asarray(g), y, *inputs)
