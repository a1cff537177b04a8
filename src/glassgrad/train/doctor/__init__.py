"""The doctor: watches a run, says in words what ails it, shows why, and tries the cure.

    found = train.diagnose(model, ds, optimizer=optimizer, epochs=10)    # fit, watched
    print(found)                                                         # findings, causes first
    print(found.prove(0))                                                # the same run with one change

Read in this order: `setup.py`, `look.py`, `probe.py`, `watch.py`, `neighbours.py`, `case.py`, `finding.py`,
`change.py`, `experiment.py`, `rule.py`, `rules/`, `diagnosis.py`.
"""

from __future__ import annotations

from glassgrad.train.doctor.case import Case as Case
from glassgrad.train.doctor.change import Change as Change
from glassgrad.train.doctor.diagnosis import Diagnosis as Diagnosis
from glassgrad.train.doctor.diagnosis import diagnose as diagnose
from glassgrad.train.doctor.diagnosis import examine as examine
from glassgrad.train.doctor.diagnosis import examine_numbers as examine_numbers
from glassgrad.train.doctor.experiment import Comparison as Comparison
from glassgrad.train.doctor.finding import Finding as Finding
from glassgrad.train.doctor.rules import RULES as RULES
