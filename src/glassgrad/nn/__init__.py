"""Layers: parameters and one expression.  Names, layouts and paths are PyTorch's.

Read in this order: `module.py`, `linear.py`, `conv.py`, `sequential.py`, `init.py`, `models.py`.
"""

from glassgrad.nn import init as init
from glassgrad.nn import models as models
from glassgrad.nn.activations import ELU as ELU
from glassgrad.nn.activations import GELU as GELU
from glassgrad.nn.activations import LeakyReLU as LeakyReLU
from glassgrad.nn.activations import LogSoftmax as LogSoftmax
from glassgrad.nn.activations import ReLU as ReLU
from glassgrad.nn.activations import Sigmoid as Sigmoid
from glassgrad.nn.activations import SiLU as SiLU
from glassgrad.nn.activations import Softmax as Softmax
from glassgrad.nn.activations import Softplus as Softplus
from glassgrad.nn.activations import Tanh as Tanh
from glassgrad.nn.conv import Conv2d as Conv2d
from glassgrad.nn.dropout import Dropout as Dropout
from glassgrad.nn.flatten import Flatten as Flatten
from glassgrad.nn.hooks import forward_hook as forward_hook
from glassgrad.nn.linear import Linear as Linear
from glassgrad.nn.module import Module as Module
from glassgrad.nn.module import Parameter as Parameter
from glassgrad.nn.norm import BatchNorm as BatchNorm
from glassgrad.nn.norm import LayerNorm as LayerNorm
from glassgrad.nn.pool import AvgPool2d as AvgPool2d
from glassgrad.nn.pool import MaxPool2d as MaxPool2d
from glassgrad.nn.sequential import Sequential as Sequential
from glassgrad.nn.summary import summary as summary


def registry() -> list[type[Module]]:
    """Every layer of the package, in the order of definition: registered because it exists."""
    found: list[type[Module]] = []
    stack = list(reversed(Module.__subclasses__()))
    while stack:
        layer = stack.pop()
        if "forward" in vars(layer) and layer.__module__.startswith(__name__):
            found.append(layer)
        stack.extend(reversed(layer.__subclasses__()))
    return found
