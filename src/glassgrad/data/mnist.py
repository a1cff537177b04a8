"""MNIST: 60,000 + 10,000 handwritten digits, 28 × 28 grey pixels.

Licence: CC BY-SA 3.0; copyright Yann LeCun and Corinna Cortes, after NIST's Special Databases 1 and 3.
Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86 (1998).  The digests are SHA-256 of the unpacked files.
Read next: `fashion.py`.
"""

from __future__ import annotations

from glassgrad.data.fetch import Remote
from glassgrad.data.idxset import IdxSet, idx_files

mnist = IdxSet(
    name="mnist",
    title="MNIST handwritten digits",
    licence="CC BY-SA 3.0, Yann LeCun and Corinna Cortes",
    source="LeCun, Bottou, Bengio & Haffner 1998, Proceedings of the IEEE 86",
    shape=(1, 28, 28),
    classes=tuple("0123456789"),
    train=60_000,
    test=10_000,
    files=idx_files(
        60_000,
        10_000,
        28 * 28,
        (
            "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    folders=("mnist", "MNIST/raw"),
    remote=Remote(
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://raw.githubusercontent.com/fgnt/mnist/master/",
        ),
        megabytes=11.6,
    ),
)
