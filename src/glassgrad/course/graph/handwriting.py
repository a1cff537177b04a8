"""Problem 4 (c): your own digits, brought to the form of MNIST, through both models.

MNIST's form (LeCun et al. 1998): the ink is scaled into a box of 20 × 20 and laid into 28 × 28 with its
centre of mass in the middle.  Without digits of yours, a program writes them with an unsteady pen.
Read next: `../mlp/softmax.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.graph import pen
from glassgrad.course.graph.templates import classifier, means, trained_templates
from glassgrad.errors import DataError

Floats = NDArray[np.float64]
_KINDS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def read_digits(folder: Path) -> tuple[list[Floats], NDArray[np.int64]]:
    """Images and labels from a folder; a name begins with its digit, as in `7-first.png`.

    Raises:
        DataError: no such folder, no images in it, a name that does not begin with a digit, or a file
            that is no image or has no ink.
    """
    if not folder.is_dir():
        raise DataError(
            f"expected a folder of images, got {folder}: put files such as 7-first.png in one."
        )
    files = sorted(p for p in folder.glob("*") if p.suffix.lower() in _KINDS)
    if not files:
        raise DataError(f"{folder} has no images: put files such as 7-first.png there.")
    images, labels = [], []
    for path in files:
        if not path.name[0].isdigit():
            raise DataError(
                f"{path}: expected a name that begins with the digit, such as 7-{path.name}."
            )
        images.append(_grey(path))
        if np.ptp(images[-1]) < 0.05:
            raise DataError(f"{path} has no ink: write on white with a dark pen.")
        labels.append(int(path.name[0]))
    return images, np.array(labels, np.int64)


def _grey(path: Path) -> Floats:
    """The image as it is shown: turned as the camera was held, on white where it is transparent."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert("RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as an image: {error}.") from error
    white = Image.new("RGBA", image.size, "white")
    grey = Image.alpha_composite(white, image).convert("L")
    grey.thumbnail((400, 400), Image.Resampling.BOX)  # photographs are larger than they need to be
    return np.asarray(grey, np.float64) / 255


def mnist_form(image: Floats, side: int = 28, box: int = 20) -> NDArray[np.float32]:
    """Light ink on dark ground, scaled into `box`, centre of mass in the middle of `side`.

    The paper is what the edge mostly shows; it may be grey and a little uneven, since only what is at
    least a quarter of the way to the deepest ink counts as ink.

    image : (H, W), 0 … 1, ink dark or light   →   (side, side)

    Raises:
        DataError: an image without ink.
    """
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    paper = float(np.median(edge))
    ink = np.clip(paper - image if image.mean() < paper else image - paper, 0, None)
    ink = np.where(ink > 0.25 * ink.max(), ink, 0.0)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows) or ink.max() < 0.05:
        raise DataError(
            f"an image of shape {image.shape} has no ink: write on white with a dark pen."
        )
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / ink.max()
    scale = box / max(cut.shape)
    small = _resized(cut, [max(1, round(n * scale)) for n in cut.shape])
    mass, whole = small.sum(), np.zeros((side, side))
    corner = [
        int(
            np.clip(
                round((side - 1) / 2 - (np.arange(n) * small.sum(axis=1 - axis)).sum() / mass),
                0,
                side - n,
            )
        )
        for axis, n in enumerate(small.shape)
    ]
    whole[corner[0] : corner[0] + small.shape[0], corner[1] : corner[1] + small.shape[1]] = small
    return whole.astype(np.float32)


def _resized(image: Floats, shape: list[int]) -> Floats:
    """Mean over the area of each new pixel, exact for any ratio."""
    for axis, n in enumerate(shape):
        image = np.moveaxis(
            np.tensordot(_overlaps(image.shape[axis], n), image, (1, axis)), 0, axis
        )
    return image


def _overlaps(old: int, new: int) -> Floats:
    """How much of each new pixel each old one covers.    (new, old)"""
    edges = np.arange(new + 1) * old / new
    left, right = (
        np.maximum.outer(edges[:-1], np.arange(old)),
        np.minimum.outer(edges[1:], np.arange(1, old + 1)),
    )
    return np.clip(right - left, 0, None) * new / old


@exercise(
    "graph/4c",
    title="Your own handwriting",
    question="Write at least 15 digits yourself, bring them to the form of MNIST, and give them "
    "to both models. Does it work?",
    has_figure=True,
    claims=[
        Claim(
            key="templates",
            text="accuracy of the mean images on new handwriting",
            printed=80.0,
            tolerance=5.0,
            unit="%",
            needs="your own digits",
        ),
        Claim(
            key="trained",
            text="accuracy of the trained rows on new handwriting",
            printed=87.0,
            tolerance=5.0,
            unit="%",
            needs="your own digits",
        ),
    ],
)
def own_digits(context: Context) -> Answer:
    """Source: Homework 2, problem 4 (c); the document averaged images of the data set instead."""
    answer = Answer()
    if context.digits:
        images, labels = read_digits(context.digits)
        context.used["your own digits"] = ""
    else:
        images, labels = pen.written(context.rng(4), each=3)
        context.used["your own digits"] = "30 digits written by a program with an unsteady pen"
    training, _ = context.load("mnist")
    side = training.shape[-1]
    x = np.stack([mnist_form(image, side, side - 8 * (side == 28)) for image in images])[:, None]
    models = {
        "templates": classifier(means(training)),
        "trained": trained_templates(training, context.pick(5, 10), context.rng())[0],
    }
    said = {name: train.predict(model, x) for name, model in models.items()}
    right = {name: 100 * float(np.mean(predicted == labels)) for name, predicted in said.items()}
    for name, share in right.items():
        why = "the document's figure is of averaged images of the data set, not of handwriting."
        answer.measure(name, share, why=why)
    titles = [f"{t}: {a}, {b}" for t, a, b in zip(labels, *said.values(), strict=True)]
    answer.show(
        figures.tiles(x[:, 0], titles),
        "True digit: what the templates say, what the trained rows say.",
    )
    few = " The question asks for 15 at least." if len(labels) < 15 else ""
    answer.say(
        f"Of {len(labels)} digits the templates get {right['templates']:.0f} % right and the trained "
        f"rows {right['trained']:.0f} %; chance alone moves either by about "
        f"{100 * 0.5 / np.sqrt(len(labels)):.0f} points.{few} The document averaged images of the data "
        "set instead of writing any: an average of many is smoother than any writing, and made of the "
        "training images it is no test."
    )
    if not context.digits:
        answer.say(
            "Yours: glassgrad course run graph/4c --digits FOLDER, files such as 7-first.png."
        )
    return answer
