"""The UCI digits: 1,797 handwritten digits of 8 × 8 pixels, shipped with glassgrad.

Licence: CC BY 4.0.  Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
Machine Learning Repository (1998), doi:10.24432/C50P49; here scikit-learn's copy of its test part
(13 writers).  Split once and for all, 80 to 20 within every class, by chance: the same writers are in
both parts.  `files/digits/LICENSE.txt` says what was changed.  Read next: `points.py`.
"""

from __future__ import annotations

from pathlib import Path

from glassgrad.data.idxset import IdxSet, idx_files

digits = IdxSet(
    name="digits",
    title="UCI handwritten digits",
    licence="CC BY 4.0, E. Alpaydin and C. Kaynak",
    source="Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49",
    shape=(1, 8, 8),
    classes=tuple("0123456789"),
    train=1_438,
    test=359,
    files=idx_files(
        1_438,
        359,
        8 * 8,
        (
            "sha256:1b3ab5a53721d434899d7caff59022da0f63decf0c9afceb88ef3dc5a2999990",
            "sha256:de5c6e49ad98737adb9cbb7c08d77d726cb3dac505a33492957d31eea76acd9a",
            "sha256:7361e6e618f8a9e5581fabba15036727cd79909a514d9c0a38b40dd6b1aff76f",
            "sha256:1fd625453a5ba8df79bd9a113fd38d5d77bcdbccd8287a7f84551d9b8cb4e976",
        ),
    ),
    built_in=Path(__file__).parent / "files" / "digits",
    white=16,
)
