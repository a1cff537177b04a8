"""The doctor: watches a run, says in words what ails it, shows why, and tries the cure.

    found = doctor.diagnose(model, ds, optimizer=optimizer, epochs=10)    # fit, watched
    print(found)                                                         # findings, causes first
    print(found.prove(0))                                                # the same run with one change

Read in this order: `setup.py`, `look.py`, `probe.py`, `monitor.py`, `neighbours.py`, `case.py`,
`finding.py`, `change.py`, `experiment.py`, `rule.py`, `rules/`, `diagnosis.py`.
"""

from __future__ import annotations

from glassgrad.doctor.case import Case as Case
from glassgrad.doctor.change import Change as Change
from glassgrad.doctor.diagnosis import Diagnosis as Diagnosis
from glassgrad.doctor.diagnosis import diagnose as diagnose
from glassgrad.doctor.diagnosis import examine as examine
from glassgrad.doctor.diagnosis import examine_numbers as examine_numbers
from glassgrad.doctor.experiment import Comparison as Comparison
from glassgrad.doctor.finding import Finding as Finding
from glassgrad.doctor.rules import RULES as RULES
