"""Derivations: the gradient of any recorded result, step by step, each step checked by differences.

Read next: `derivation.py`.
"""

from glassgrad.derivation.derivation import Derivation as Derivation
from glassgrad.derivation.derivation import derive as derive
from glassgrad.derivation.jacobian import Jacobian as Jacobian
from glassgrad.derivation.jacobian import jacobian as jacobian
from glassgrad.derivation.step import Step as Step
