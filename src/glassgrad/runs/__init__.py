"""Runs: a training with its folder, and the store of all runs with settings, seed, commit and metrics.

Read in this order: `config.py`, `build.py`, `folder.py`, `run.py`, `results.py`; then `store.py`,
`entry.py`, `environment.py`, `views.py`.
"""

from __future__ import annotations

from glassgrad.runs.config import TrainConfig as TrainConfig
from glassgrad.runs.entry import Artefact as Artefact
from glassgrad.runs.entry import Entry as Entry
from glassgrad.runs.run import Run as Run
from glassgrad.runs.run import train_run as train_run
from glassgrad.runs.store import Store as Store
from glassgrad.runs.views import Comparison as Comparison
from glassgrad.runs.views import Details as Details
from glassgrad.runs.views import compare as compare
from glassgrad.runs.views import delete as delete
from glassgrad.runs.views import list_runs as list_runs
from glassgrad.runs.views import show as show
