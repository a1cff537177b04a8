"""Fashion-MNIST: 60,000 + 10,000 pictures of clothing in MNIST's form, and harder.

Licence: MIT, copyright 2017 Zalando SE.  Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel
Image Dataset for Benchmarking Machine Learning Algorithms" (2017), arXiv:1708.07747.  The digests are
MD5 of the unpacked files, since only MD5 is published for them.  Read next: `cifar10.py`.
"""

from __future__ import annotations

from glassgrad.data.fetch import Remote
from glassgrad.data.idxset import IdxSet, idx_files

fashion = IdxSet(
    name="fashion",
    title="Fashion-MNIST articles of clothing",
    licence="MIT, Zalando SE",
    source="Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747",
    shape=(1, 28, 28),
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    train=60_000,
    test=10_000,
    files=idx_files(
        60_000,
        10_000,
        28 * 28,
        (
            "md5:f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "md5:9018921c3c673c538a1fc5bad174d6f9",
            "md5:8181f5470baa50b63fa0f6fddb340f0a",
            "md5:15d484375f8d13e6eb1aabb0c3f46965",
        ),
    ),
    folders=("fashion-mnist", "FashionMNIST/raw"),
    remote=Remote(
        mirrors=(
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        megabytes=30.9,
    ),
)
