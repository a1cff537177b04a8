"""Deep Learning Exercise 2: image classification, with the Educational Framework."""

from __future__ import annotations

from glassgrad.course.exercise import Document

DOCUMENT = Document(
    place=1,
    id="edf",
    title="Image classification with the Educational Framework",
    origin="Deep Learning, Exercise 2, October 2024",
    about="An official sheet with its solutions.",
)
