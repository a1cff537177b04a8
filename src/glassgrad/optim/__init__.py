"""Optimizers, one method a file: equation, paper, update.  Names and defaults are PyTorch's.

Read in this order: `sgd.py`, `base.py`, `adam.py`, `schedules.py`.
"""

from glassgrad.optim.adagrad import Adagrad as Adagrad
from glassgrad.optim.adam import Adam as Adam
from glassgrad.optim.adamw import AdamW as AdamW
from glassgrad.optim.base import Optimizer as Optimizer
from glassgrad.optim.clip import clip_grad_norm as clip_grad_norm
from glassgrad.optim.clip import clip_grad_value as clip_grad_value
from glassgrad.optim.rmsprop import RMSprop as RMSprop
from glassgrad.optim.schedules import CosineAnnealingLR as CosineAnnealingLR
from glassgrad.optim.schedules import ExponentialLR as ExponentialLR
from glassgrad.optim.schedules import LinearLR as LinearLR
from glassgrad.optim.schedules import MultiStepLR as MultiStepLR
from glassgrad.optim.schedules import OneCycleLR as OneCycleLR
from glassgrad.optim.schedules import ReduceLROnPlateau as ReduceLROnPlateau
from glassgrad.optim.schedules import Schedule as Schedule
from glassgrad.optim.schedules import SequentialLR as SequentialLR
from glassgrad.optim.schedules import StepLR as StepLR
from glassgrad.optim.sgd import SGD as SGD
from glassgrad.validate import validated


@validated
def registry() -> list[type[Optimizer]]:
    """Every method of the package: a class is registered because it exists."""
    return [m for m in Optimizer.__subclasses__() if m.__module__.startswith(__name__)]
