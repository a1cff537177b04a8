# Written by scripts/list_ops.py.
from typing import Any

from glassgrad.ops.activations import *
from glassgrad.ops.arithmetic import *
from glassgrad.ops.average_pool import *
from glassgrad.ops.base import Elementwise as Elementwise
from glassgrad.ops.base import Op as Op
from glassgrad.ops.binary import *
from glassgrad.ops.comparisons import *
from glassgrad.ops.conv import *
from glassgrad.ops.cross_entropy import *
from glassgrad.ops.dropout import *
from glassgrad.ops.elementwise import *
from glassgrad.ops.extremes import *
from glassgrad.ops.functions import *
from glassgrad.ops.index import *
from glassgrad.ops.index_put import *
from glassgrad.ops.length import *
from glassgrad.ops.linear import *
from glassgrad.ops.losses import *
from glassgrad.ops.max_pool import *
from glassgrad.ops.norm import *
from glassgrad.ops.norm_gradients import *
from glassgrad.ops.penalties import *
from glassgrad.ops.piecewise import *
from glassgrad.ops.products import *
from glassgrad.ops.rearrange import *
from glassgrad.ops.rectifiers import *
from glassgrad.ops.reduce import *
from glassgrad.ops.regression import *
from glassgrad.ops.repeat import *
from glassgrad.ops.running import *
from glassgrad.ops.select import *
from glassgrad.ops.shape import *
from glassgrad.ops.smooth import *
from glassgrad.ops.softmax import *
from glassgrad.ops.statistics import *
from glassgrad.ops.take import *

FUNCTIONS: dict[str, Any]

def registry() -> list[type[Op]]: ...
