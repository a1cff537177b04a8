"""Digits of one's own, brought to the form of MNIST."""

import numpy as np
import pytest
from PIL import Image

from glassgrad.course.graph.handwriting import mnist_form, read_digits
from glassgrad.course.graph.pen import written
from glassgrad.errors import DataError


def test_the_ink_fills_its_box_and_its_centre_of_mass_is_in_the_middle():
    image = np.ones((90, 60))
    image[10:50, 5:15] = 0.0  # a bar, far from the middle
    x = mnist_form(image)
    assert x.shape == (28, 28)
    rows, columns = np.flatnonzero(x.any(axis=1)), np.flatnonzero(x.any(axis=0))
    assert rows[-1] - rows[0] + 1 == 20
    assert columns[-1] - columns[0] + 1 == 5
    place = np.arange(28)
    assert abs((x.sum(axis=1) * place).sum() / x.sum() - 13.5) <= 0.5
    assert abs((x.sum(axis=0) * place).sum() / x.sum() - 13.5) <= 0.5


def test_light_on_dark_is_the_same_as_dark_on_light():
    image = written(np.random.default_rng(0), each=1)[0][3]
    assert np.allclose(mnist_form(image), mnist_form(1 - image), atol=1e-6)


def test_ink_is_kept_by_scaling():
    image = np.ones((40, 40))
    image[10:30, 10:30] = 0.0
    assert mnist_form(image).sum() == pytest.approx(400, rel=1e-6)


def test_a_photograph_of_grey_uneven_paper():
    clean = written(np.random.default_rng(0), each=1)[0][5]
    rng = np.random.default_rng(1)
    shade = np.linspace(0.62, 0.7, clean.shape[1])  # darker on the left
    photo = 0.15 + clean * (shade - 0.15) + rng.normal(0, 0.02, clean.shape)
    assert np.abs(mnist_form(photo) - mnist_form(clean)).mean() < 0.03


def test_ink_on_a_transparent_ground_and_a_photograph_that_lies_on_its_side(tmp_path):
    clean = written(np.random.default_rng(0), each=1)[0][7]
    ink = np.zeros((*clean.shape, 4), np.uint8)  # black, and transparent where there is paper
    ink[..., 3] = 255 * (1 - clean)
    Image.fromarray(ink).save(tmp_path / "7-drawn.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise when it is shown
    grey = np.rot90((255 * clean).astype(np.uint8))
    Image.fromarray(grey).save(tmp_path / "7-photo.png", exif=exif)
    for image in read_digits(tmp_path)[0]:
        assert np.abs(mnist_form(image) - mnist_form(clean)).mean() < 0.01


def test_an_empty_image():
    with pytest.raises(DataError, match="no ink"):
        mnist_form(np.ones((30, 30)))


def test_a_folder_of_images(tmp_path):
    images, labels = written(np.random.default_rng(0), each=1)
    for image, label in zip(images, labels, strict=True):
        Image.fromarray((255 * image).astype(np.uint8)).save(tmp_path / f"{label}-mine.png")
    found, said = read_digits(tmp_path)
    assert said.tolist() == list(range(10))
    assert np.abs(found[4] - images[4]).max() < 1 / 200


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(DataError, match="no images: put files such as"):
        read_digits(tmp_path)
    path = tmp_path / "first.png"
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match="begins with the digit, such as 7-first"):
        read_digits(tmp_path)
    path = path.rename(tmp_path / "7-first.png")
    with pytest.raises(DataError, match="cannot be read as an image"):
        read_digits(tmp_path)
    Image.fromarray(np.full((9, 9), 250, np.uint8)).save(path)
    with pytest.raises(DataError, match=r"7-first\.png has no ink"):
        read_digits(tmp_path)
    with pytest.raises(DataError, match=r"a folder of images, got .*7-first\.png"):
        read_digits(path)
