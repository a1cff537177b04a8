"""Homework for Deep Learning, 2024 Fall: linear models, backpropagation, and flooding."""

from __future__ import annotations

from glassgrad.course.exercise import Document

DOCUMENT = Document(
    place=4,
    id="flood",
    title="Linear models, backpropagation, and flooding",
    origin="Homework for Deep Learning, 2024 Fall",
    about="A homework sheet without solutions: what is printed here as measured is our answer.",
)
