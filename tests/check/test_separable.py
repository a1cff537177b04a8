"""`check.separable`: the plane or the point, each verified here once more, and the fewest to leave out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from glassgrad import check
from glassgrad.errors import DataError, ShapeError


def test_a_plane_holds_at_every_point_with_the_widest_margin():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = (x @ [1.0, -2.0, 0.5] + 0.3 > 0).astype(int)
    verdict = check.separable(x, y)
    assert verdict
    side = (2 * y - 1) * (x @ verdict.w + verdict.b)
    assert side.min() == pytest.approx(verdict.margin, rel=1e-9)
    assert np.linalg.norm(verdict.w) == pytest.approx(1)
    assert verdict.margin_bound == pytest.approx(verdict.margin, rel=1e-6)


def test_a_point_lies_in_both_hulls():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 2)), np.arange(40) % 2
    verdict = check.separable(x, y, leave_out=False)
    assert not verdict
    for k in (0, 1):
        weights = np.array([verdict.weights.get(i, 0.0) for i in range(40)]) * (y == k)
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        assert weights @ x == pytest.approx(verdict.point, abs=1e-9)


def separable_without(x, y, out):
    kept = np.ones(len(x), dtype=bool)
    kept[list(out)] = False
    return len(np.unique(y[kept])) < 2 or bool(check.separable(x[kept], y[kept], leave_out=False))


def test_the_fewest_points_to_leave_out_are_the_fewest():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(14, 2))
    y = (x[:, 0] > 0).astype(int)
    y[[3, 8]] = 1 - y[[3, 8]]
    verdict = check.separable(x, y)
    out = verdict.leave_out
    assert out.exact
    assert separable_without(x, y, out.points)
    for fewer in combinations(range(14), len(out.points) - 1):
        assert not separable_without(x, y, fewer)


def test_when_time_runs_out_two_bounds_remain():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(80, 4)), rng.integers(0, 2, 80)
    out = check.separable(x, y, seconds=0.2).leave_out
    assert 1 <= out.at_least <= len(out.points)
    assert separable_without(x, y, out.points)


def test_touching_hulls_cannot_be_separated_strictly():
    verdict = check.separable([[0.0], [1.0], [1.0], [2.0]], [0, 0, 1, 1])
    assert not verdict
    assert verdict.point == pytest.approx([1.0])


@pytest.mark.parametrize("shift", [1e-6, 1e6])
def test_scale_and_position_do_not_matter(shift):
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]) * shift + 10 * shift
    assert check.separable(x, ["a", "b", "b", "b"])
    assert not check.separable(x, ["a", "b", "b", "a"])


def test_several_classes():
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 60)
    x = rng.normal(size=(60, 2)) * 0.3 + np.array([[0.0, 3.0], [3.0, 0.0], [0.0, 0.0]])[y]
    verdict = check.separable(x, y)
    assert verdict
    assert (np.argmax(x @ verdict.w.T + verdict.b, axis=1) == y).all()
    inside = np.vstack([x, [[0.0, 3.0]]])
    verdict = check.separable(inside, [*y, 2])
    assert not verdict
    assert verdict.leave_out.points == (60,)


def test_text_says_which_points():
    text = str(check.separable([[0.0], [1.0], [2.0]], [0, 1, 0]))
    assert "the point [1.] lies in both convex hulls" in text
    assert "class 1: 1·x[1]" in text


@pytest.mark.parametrize(
    ("x", "y", "error", "said"),
    [
        (np.ones(3), [0, 1, 0], ShapeError, r"x : \(N, D\)"),
        (np.ones((3, 2)), [0, 1], ShapeError, r"got \(3, 2\) and \(2,\)"),
        (np.ones((3, 2)), [1, 1, 1], DataError, "two classes, got only"),
        ([[1.0], [np.nan]], [0, 1], DataError, "row 1 of x is not finite"),
    ],
)
def test_misuse_is_said(x, y, error, said):
    with pytest.raises(error, match=said):
        check.separable(x, y)
