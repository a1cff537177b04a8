"""The course: five assignments, every exercise claimed against measured.

    from glassgrad import course
    results = course.run("graph/1a", out="course")

An exercise is a function in one of the five folders; being there registers it.  Read next: `exercise.py`.
"""

from __future__ import annotations

from glassgrad.course.answer import Answer as Answer
from glassgrad.course.claim import Claim as Claim
from glassgrad.course.context import Context as Context
from glassgrad.course.exercise import Document as Document
from glassgrad.course.exercise import Exercise as Exercise
from glassgrad.course.exercise import exercise as exercise
from glassgrad.course.registry import documents as documents
from glassgrad.course.registry import exercises as exercises
from glassgrad.course.registry import select as select
from glassgrad.course.run import run as run
from glassgrad.course.store import Result as Result
