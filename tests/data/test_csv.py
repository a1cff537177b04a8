import tracemalloc

import numpy as np
import pytest

from glassgrad.data import csv_rows, read_csv
from glassgrad.data.csv import read_examples
from glassgrad.errors import DataError, SettingError


@pytest.fixture
def write(tmp_path):
    def write(text, **how):
        path = tmp_path / "points.csv"
        path.write_text(text, **how)
        return path

    return write


def test_read(write):
    ds = read_csv(write("a,kind,b\n1,x,2.5\n\n-3e2,y, 4 \n"), "kind")
    np.testing.assert_array_equal(ds.x, np.array([[1, 2.5], [-300, 4]], np.float32))
    np.testing.assert_array_equal(ds.y, [0, 1])
    assert ds.classes == ("x", "y")
    assert ds.name == "points"


def test_classes_that_are_numbers_are_in_their_order(write):
    assert read_csv(write("a,k\n1,10\n2,9\n3,-1\n"), "k").classes == ("-1", "9", "10")
    assert read_csv(write("a,k\n1,10\n2,9\n3,nan\n"), "k").classes == ("10", "9", "nan")


def test_another_delimiter_a_mark_and_quotes(write):
    ds = read_csv(
        write('a;"the; kind"\n1;x\n2;y\n', encoding="utf-8-sig"), "the; kind", delimiter=";"
    )
    assert ds.x.shape == (2, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has 0 lines; expected a heading and at least one example"),
        ("a,k\n", "has 1 lines"),
        ("a,k\n1,x\ntwo,y\n", "line 3, column 'a': expected a finite number, got 'two'"),
        ("a,k\n1,x\n,y\n", "line 3, column 'a': expected a finite number, got nothing"),
        ("a,k\nnan,x\n1,y\n", "line 2, column 'a': expected a finite number, got 'nan'"),
        ("a,k\n1e39,x\n1,y\n", "got '1e39'"),
        ("a,k\n1_0,x\n1,y\n", "got '1_0'"),
        ("a,k\n1,x\n2,\n", "line 3, column 'k': expected a class, got nothing"),
        ("a,k\n1,x\n2\n", "line 3: expected 2 cells as in the heading, got 1"),
        ("a,k\n1,x\n2,y,3\n", "line 3: expected 2 cells as in the heading, got 3"),
        ("a,k\n1,x\n2,x\n", "lines 2 to 3: column 'k' has one class only, 'x'"),
        ("a,a,k\n1,1,x\n", "two columns are called 'a'"),
        (
            "1,2,k\n3,4,k\n",
            "line 1: expected a heading with names, got 1, 2, k: put a line such as",
        ),
        ("1,2\n3,4\n", "line 1: expected a heading"),
        ("k\nx\ny\n", "has the column 'k' only"),
        ('a,k\n"1,x\n', "cannot be read"),
    ],
)
def test_errors_name_line_and_column(write, text, message):
    with pytest.raises(DataError, match=message):
        read_csv(write(text), "k")


def test_a_missing_column_is_answered_with_a_near_one(write):
    path = write("a,kind\n1,x\n2,y\n")
    with pytest.raises(
        SettingError, match="no column 'kin'; expected one of 'a', 'kind': did you mean 'kind'"
    ):
        read_csv(path, "kin")
    with pytest.raises(SettingError, match="write target='kind'"):
        read_csv(path, "qqq")


def test_a_missing_file_and_one_that_is_no_text(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_csv(tmp_path / "nowhere.csv", "k")
    (tmp_path / "binary.csv").write_bytes(b"a,k\n\xff\xfe,x\n")
    with pytest.raises(DataError, match="UTF-8"):
        read_csv(tmp_path / "binary.csv", "k")


@pytest.mark.parametrize("between", [",", ";", "\t", " ", "   "])
@pytest.mark.parametrize("heading", ["u,v,class\n", ""])
def test_delimiter_and_heading_are_found_out(write, between, heading):
    text = f"{heading}0.1,2,yes\n-3e200,4,no\n".replace(",", between)
    found = read_examples(write(text))
    np.testing.assert_array_equal(found.x, [[0.1, 2], [-3e200, 4]])
    assert found.labels == ("yes", "no")
    assert found.names == (("u", "v") if heading else ("0", "1"))
    numbers = text.replace("yes", "5").replace("no", "6")
    by_name = read_examples(write(numbers), "u" if heading else "0")
    assert by_name.labels == ("0.1", "-3e200")
    np.testing.assert_array_equal(by_name.x, [[2, 5], [4, 6]])


def test_numbers_keep_their_digits_beside_float32(write):
    """0.1 in float32 lies elsewhere, and a check of separability would be about other points."""
    path = write("a,k\n0.1,x\n0.30000000000000004,y\n")
    assert read_examples(path).x.ravel().tolist() == [0.1, 0.30000000000000004]
    assert read_csv(path).x.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1,2,a\n3,4\n",
            "line 2: expected 3 cells as in the first line, got 2: complete the line, or",
        ),
        ("1,2,a\n3,inf,b\n", "line 2, column '1': expected a finite number, got 'inf'"),
        ("1,,a\n3,4,b\n", "line 1, column '1': expected a finite number, got nothing"),
        ("1,2,\n3,4,b\n", "line 1, column '2': expected a class, got nothing"),
        ("a,a,k\n1,2,b\n", "two columns are called 'a'"),
    ],
)
def test_errors_without_a_heading_name_line_and_column(write, text, message):
    with pytest.raises(DataError, match=message):
        read_examples(write(text))


def test_another_column_is_asked_for_as_it_is_written_there(write):
    with pytest.raises(
        SettingError, match=r"expected one of '0', '1', '2': write --label '2', for"
    ):
        read_examples(write("1,2,a\n3,4,b\n"), "z", option="--label ")


def _random_table(rng):
    """A table of floats and words; sometimes with quotes, blanks, empty lines and other line ends."""
    n, d = int(rng.integers(2, 9)), int(rng.integers(1, 6))
    column, between = int(rng.integers(d + 1)), str(rng.choice([",", ";", "\t"]))
    end = str(rng.choice(["\n", "\r\n"]))
    head = [f"c{i}" for i in range(d)]
    head.insert(column, "k")
    x = np.round(rng.normal(size=(n, d)) * 10.0 ** rng.integers(-9, 9, (n, d)), 3)
    labels = [str(rng.choice(["a", "b b", "7", "é"])) for _ in range(n)]
    labels[0], labels[-1] = "a", "7"
    lines = [between.join(head)]
    for row, label in zip(x.tolist(), labels, strict=True):
        cells = [f" {v!r}" if rng.random() < 0.1 else repr(v) for v in row]
        cells.insert(column, f'"{label}"' if rng.random() < 0.05 else label)
        lines += [""] * int(rng.integers(8) == 0) + [between.join(cells)]
    return end.join(lines) + end * int(rng.integers(2)), between, x, labels


@pytest.mark.parametrize("seed", range(40))
def test_blocks_and_cells_read_the_same(write, seed, monkeypatch):
    """Read in blocks of a few characters or at once: the numbers and classes that were written."""
    text, between, x, labels = _random_table(np.random.default_rng(seed))
    path = write(text, encoding="utf-8", newline="")
    for block in (1, 40, 1 << 20):
        monkeypatch.setattr(csv_rows, "_BLOCK", block)
        found = read_examples(path, "k", delimiter=between)
        np.testing.assert_array_equal(found.x, x)
        assert found.labels == tuple(labels)
        assert found.last == len(text.rstrip().splitlines())
    ds = read_csv(path, "k", delimiter=between)
    np.testing.assert_array_equal(ds.x, x.astype(np.float32))
    assert [ds.classes[k] for k in ds.y] == labels


@pytest.mark.parametrize("block", [1, 30, 1 << 20])
@pytest.mark.parametrize("cell", ["two", "", "nan", "1e39", "1_0", "0x1", "-inf"])
def test_a_bad_cell_is_named_wherever_the_blocks_end(write, cell, block, monkeypatch):
    monkeypatch.setattr(csv_rows, "_BLOCK", block)
    good = [f"{i},{i + 0.5},{'xy'[i % 2]}\n" for i in range(20)]
    path = write("a,b,k\n" + "".join(good[:13]) + f"\n3,{cell},x\n" + "".join(good[13:]))
    with pytest.raises(DataError, match="line 16, column 'b': expected a finite number, got"):
        read_csv(path)


def test_memory_holds_the_numbers_and_little_else(tmp_path):
    """20,000 lines of 100 digits; as rows of strings, as it once was, they would take 12 times the file."""
    path = tmp_path / "digits.csv"
    line = ",".join(str(17 * i % 256) for i in range(100))
    with path.open("w") as stream:
        stream.write(",".join(f"p{i}" for i in range(100)) + ",k\n")
        stream.writelines(f"{line},{i % 10}\n" for i in range(20_000))
    tracemalloc.start()
    try:
        assert read_csv(path).x.shape == (20_000, 100)
        assert tracemalloc.get_traced_memory()[1] <= 3 * path.stat().st_size
    finally:
        tracemalloc.stop()
