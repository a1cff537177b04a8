"""Every figure: it takes data and axes, labels what it draws, leaves no global state behind."""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest

from glassgrad import figures
from glassgrad.errors import DataError, SettingError, ShapeError
from glassgrad.figures import style
from glassgrad.train.metrics import confusion_matrix
from glassgrad.train.records import Epoch, History, Step


def history(epochs: int, per_epoch: int, *, classes: bool = True, validation: bool = True):
    """A made-up run whose loss falls by half per epoch."""
    result = History()
    for step in range(1, epochs * per_epoch + 1):
        epoch = -(-step // per_epoch)
        right = 1 - 0.5**epoch if classes else None
        result.add(Step(step, epoch, 1, 32, 2.0 * 0.5 ** (step / per_epoch), right, 1.0, 0.1, 0.01))
        if step % per_epoch == 0:
            checked = (0.5**epoch, right) if validation else (None, None)
            result.add(Epoch(epoch, step, 0.5**epoch, right, *checked, 0.1, 1.0))
    return result


def words(figure) -> set[str]:
    """Every text of a figure."""
    from matplotlib.text import Text

    return {text.get_text() for text in figure.findobj(Text)}


def test_curves_show_every_series_against_epochs():
    fig = figures.learning_curves(history(5, 10))
    loss, accuracy = fig.axes
    for ax in (loss, accuracy):
        assert [line.get_label() for line in ax.lines] == ["batches", "training", "validation"]
        assert ax.get_xlabel() == "epoch"
        np.testing.assert_allclose(ax.lines[1].get_xdata(), [1, 2, 3, 4, 5])
    np.testing.assert_allclose(accuracy.lines[2].get_ydata(), 1 - 0.5 ** np.arange(1, 6))


def test_curves_of_a_regression_have_no_accuracy_panel():
    fig = figures.learning_curves(history(3, 4, classes=False, validation=False))
    assert len(fig.axes) == 1
    assert [line.get_label() for line in fig.axes[0].lines] == ["batches", "training"]
    with pytest.raises(DataError, match="expected a history with accuracy"):
        figures.learning_curve(history(3, 4, classes=False), "accuracy")


def test_a_long_run_is_averaged_and_keeps_its_mean():
    line = figures.learning_curve(history(1, 3001), "loss").lines[0]
    y = np.array([step.loss for step in history(1, 3001).steps])
    assert len(line.get_ydata()) <= 150
    assert np.mean(line.get_ydata()[:-1]) == pytest.approx(y[:2982].mean(), rel=1e-3)
    assert line.get_xdata()[-1] <= 3001


def test_a_loss_that_falls_far_is_logarithmic_and_one_that_does_not_is_linear():
    assert figures.learning_curve(history(8, 10)).get_yscale() == "log"
    assert figures.learning_curve(history(2, 10)).get_yscale() == "linear"


def test_unknown_quantity_and_empty_history():
    with pytest.raises(SettingError, match="expected quantity 'loss' or 'accuracy'"):
        figures.learning_curve(history(2, 2), "f1")
    with pytest.raises(DataError, match="got 0 steps"):
        figures.learning_curve(History())


@pytest.mark.parametrize("classes", [["inside", "outside"], list("0123456789")])
def test_confusion_has_labelled_axes_and_a_number_in_every_cell_that_has_one(classes):
    k = len(classes)
    true = np.repeat(np.arange(k), 7)
    predicted = true.copy()
    predicted[0] = 1
    ax = figures.confusion(confusion_matrix(true, predicted, classes))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    assert [t.get_text() for t in ax.get_xticklabels()] == classes
    cells = {(t.get_position(), t.get_text()) for t in ax.texts}
    assert cells == {((i, i), "7") for i in range(1, k)} | {((0, 0), "6"), ((1, 0), "1")}
    assert f"1 of {7 * k} wrong" in ax.get_title(loc="left")


def test_grey_kernels_share_a_symmetric_scale():
    weights = np.random.default_rng(0).normal(size=(6, 1, 5, 5))
    fig = figures.first_layer_kernels(weights)
    images = [image for ax in fig.axes for image in ax.images]
    assert len(images) == 6
    limit = np.abs(weights).max()
    assert all(image.get_clim() == (-limit, limit) for image in images)


def test_colour_kernels_put_zero_at_middle_grey():
    fig = figures.first_layer_kernels(np.zeros((4, 3, 3, 3)))
    np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), np.full((3, 3, 3), 0.5))


def test_rows_of_a_dense_layer_are_kernels_too_and_only_the_largest_are_shown():
    weights = np.ones((300, 12)) * np.arange(300)[:, None]
    fig = figures.first_layer_kernels(weights, image_shape=(1, 3, 4), most=10)
    shown = [image.get_array().max() for ax in fig.axes for image in ax.images]
    assert shown == list(range(290, 300))
    assert "First-layer weights: the 10 largest of 300" in words(fig)


def test_kernels_refuse_other_shapes():
    with pytest.raises(ShapeError, match=r"with 1 or 3 channels.*got \(4, 2, 3, 3\)"):
        figures.first_layer_kernels(np.zeros((4, 2, 3, 3)))
    with pytest.raises(ShapeError, match="image_shape"):
        figures.first_layer_kernels(np.zeros((4, 9)))


@pytest.mark.parametrize("shape", [(5, 1, 8, 8), (5, 8, 8), (5, 3, 8, 8)])
def test_mistakes_say_true_predicted_and_how_sure(shape):
    images = np.random.default_rng(0).random(shape)
    fig = figures.worst_mistakes(images, [1] * 5, [7] * 5, [0.9] * 5)
    assert {"1 → 7", "90% sure", "Surest mistakes"} <= words(fig)
    fig = figures.worst_mistakes(images, [0] * 5, [1] * 5, [0.9] * 5, classes=["airplane", "dog"])
    assert "airplane\n→ dog" in words(fig)


def test_no_mistakes_is_a_figure_too():
    assert "No mistakes" in words(figures.worst_mistakes(np.zeros((0, 1, 8, 8)), [], [], []))


def test_mistakes_refuse_other_shapes():
    with pytest.raises(ShapeError, match="got 1 for 2 images"):
        figures.worst_mistakes(np.zeros((2, 8, 8)), [1], [2], [0.5])
    with pytest.raises(ShapeError, match=r"got \(2, 64\)"):
        figures.worst_mistakes(np.zeros((2, 64)), [1, 1], [2, 2], [0.5, 0.5])


def test_given_axes_are_drawn_on_and_returned():
    ax = style.new_axes()
    assert figures.learning_curve(history(2, 2), ax=ax) is ax
    assert figures.confusion(confusion_matrix([0, 1], [0, 1]), style.new_axes()) is not ax
    fig = style.new_figure(4, 3)
    assert figures.first_layer_kernels(np.ones((2, 1, 3, 3)), fig) is fig


def test_files_are_png_and_svg_and_the_same_each_time(tmp_path):
    def draw(name):
        return figures.save(figures.confusion(confusion_matrix([0, 1], [0, 1])), tmp_path / name)

    png = draw("a.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert 300 < width < 2000
    assert 300 < height < 2000
    assert draw("b.png").read_bytes() == png
    assert b"<svg" in draw("a.svg").read_bytes()
    assert draw("b.svg").read_bytes() == draw("a.svg").read_bytes()
    with pytest.raises(SettingError, match="'png' or 'svg', got 'pdf'"):
        draw("a.pdf")


def test_pyplot_is_never_imported():
    program = (
        "import sys; from glassgrad import figures, train; "
        "figures.confusion(train.confusion_matrix([0, 1], [0, 1], classes=['a', 'b'])); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
