"""Training: a loop one can print, what it says about itself, and checkpoints that survive anything.

Read in this order: `fit.py`, `records.py`, `diverged.py`, `metrics.py`, `callbacks.py`, `checkpoint.py`,
`progress.py`, `session.py`, `snapshot.py`, `intermediates.py`.
"""

from __future__ import annotations

from glassgrad.train.callbacks import BestWeights as BestWeights
from glassgrad.train.callbacks import EarlyStopping as EarlyStopping
from glassgrad.train.checkpoint import Checkpoints as Checkpoints
from glassgrad.train.checkpoint import load_weights as load_weights
from glassgrad.train.checkpoint import save_weights as save_weights
from glassgrad.train.fit import fit as fit
from glassgrad.train.metrics import Confusion as Confusion
from glassgrad.train.metrics import Evaluation as Evaluation
from glassgrad.train.metrics import accuracy as accuracy
from glassgrad.train.metrics import confusion_matrix as confusion_matrix
from glassgrad.train.metrics import evaluate as evaluate
from glassgrad.train.metrics import predict as predict
from glassgrad.train.metrics import predict_proba as predict_proba
from glassgrad.train.metrics import top_mistakes as top_mistakes
from glassgrad.train.progress import Progress as Progress
from glassgrad.train.records import Epoch as Epoch
from glassgrad.train.records import History as History
from glassgrad.train.records import Step as Step
from glassgrad.train.records import Stop as Stop
from glassgrad.train.session import Session as Session
