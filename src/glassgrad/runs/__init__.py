"""The run store: every run with its settings, seed, commit, machine, metrics and artefacts, in SQLite.

Read next: `store.py`, then `entry.py`, `origin.py` and `views.py`.
"""

from __future__ import annotations

from glassgrad.runs.entry import Artefact as Artefact
from glassgrad.runs.entry import Entry as Entry
from glassgrad.runs.store import Store as Store
from glassgrad.runs.views import Comparison as Comparison
from glassgrad.runs.views import Details as Details
from glassgrad.runs.views import compare as compare
from glassgrad.runs.views import delete as delete
from glassgrad.runs.views import list_runs as list_runs
from glassgrad.runs.views import show as show
