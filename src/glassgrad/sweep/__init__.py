"""Sweeps: many runs of one function over a grid or random settings, in parallel, each stored once.

Read next: `space.py`, `runner.py`, `engines.py`, `job.py`, `table.py`; for the command line `typed_axes.py`
and `training.py`, which is not imported here, so that processes start quickly.
"""

from __future__ import annotations

from glassgrad.sweep.job import Run as Run
from glassgrad.sweep.runner import sweep as sweep
from glassgrad.sweep.space import Choice as Choice
from glassgrad.sweep.space import Integers as Integers
from glassgrad.sweep.space import LogUniform as LogUniform
from glassgrad.sweep.space import Uniform as Uniform
from glassgrad.sweep.space import grid as grid
from glassgrad.sweep.space import random as random
from glassgrad.sweep.table import Outcome as Outcome
from glassgrad.sweep.table import Table as Table
