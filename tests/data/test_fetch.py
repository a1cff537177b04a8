"""Finding, fetching and checking files, against a server on this machine."""

import gzip
import hashlib
import io
import struct
import tarfile
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from glassgrad import data
from glassgrad.data import fetch
from glassgrad.data.cifar10 import Cifar10
from glassgrad.data.fetch import Remote
from glassgrad.data.files import File
from glassgrad.data.idxset import IdxSet, idx_files
from glassgrad.errors import DataError, SettingError

LABELS = {"train": np.array([0, 1, 1], np.uint8), "t10k": np.array([1, 0], np.uint8)}
FILES = {}
for prefix, labels in LABELS.items():
    pixels = np.arange(len(labels) * 4, dtype=np.uint8)
    header = struct.pack(">BBBB3I", 0, 0, 8, 3, len(labels), 2, 2)
    FILES[f"{prefix}-images-idx3-ubyte"] = header + pixels.tobytes()
    header = struct.pack(">BBBBI", 0, 0, 8, 1, len(labels))
    FILES[f"{prefix}-labels-idx1-ubyte"] = header + labels.tobytes()


def sha256(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


TINY = IdxSet(
    name="tiny",
    title="four pixels",
    licence="none",
    source="here",
    shape=(1, 2, 2),
    classes=("no", "yes"),
    train=3,
    test=2,
    files=idx_files(3, 2, 4, tuple(sha256(content) for content in FILES.values())),
    folders=("tiny", "TINY/raw"),
    remote=Remote(mirrors=("https://127.0.0.1/",), megabytes=1),
)


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No cache, no settings and no proxy of the user's."""
    for name in ("GLASSGRAD_DATA", "GLASSGRAD_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(fetch, "_cache", lambda: tmp_path / "cache")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    """A folder, and its address."""
    folder = tmp_path / "server"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{http.server_port}/"
        http.shutdown()
        thread.join()


def put(folder, files=FILES, pack=gzip.compress, suffix=".gz"):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}{suffix}").write_bytes(pack(content))


def served(server, *folders):
    """TINY with mirrors in the server's folders."""
    return replace(TINY, remote=Remote(tuple(f"{server[1]}{f}/" for f in folders), 1))


def expect_tiny(splits):
    np.testing.assert_array_equal(splits.train.y, LABELS["train"])
    np.testing.assert_array_equal(splits.test.x.ravel() * 255, np.arange(8))
    assert splits.train.name == "tiny/train"


@pytest.mark.parametrize("folder", ["", "tiny", "TINY/raw"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_are_found_in_the_given_folder(tmp_path, folder, suffix):
    put(tmp_path / "mine" / folder, pack=gzip.compress if suffix else bytes, suffix=suffix)
    expect_tiny(TINY.load(tmp_path / "mine", download=False))


def test_the_order_is_given_environment_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path / "environment"))
    for root in ("cache", "environment", "given"):
        put(tmp_path / root / "tiny")
        given = tmp_path / "given" if root == "given" else None
        assert all(f.path.parent == tmp_path / root / "tiny" for f in TINY.found(given).values())
        assert TINY.info(given).status == f"in {tmp_path / root / 'tiny'}"


@pytest.mark.parametrize("cause", ["download=False", "GLASSGRAD_OFFLINE"])
def test_offline_says_so_and_asks_nobody(monkeypatch, cause):
    monkeypatch.setattr(fetch, "_download", lambda *_: pytest.fail("asked the network"))
    if cause == "GLASSGRAD_OFFLINE":
        monkeypatch.setenv(cause, "1")
    with pytest.raises(DataError, match=f"{cause}.*\nMissing: train-images"):
        TINY.load(download=None if cause == "GLASSGRAD_OFFLINE" else False)


def test_a_download_is_checked_and_kept(server, tmp_path, monkeypatch):
    put(server[0] / "a")
    source = served(server, "a")
    expect_tiny(source.load())
    assert sorted(p.name for p in (tmp_path / "cache").rglob("*")) == sorted(
        ["tiny", *(f"{name}.gz" for name in FILES)]
    )
    monkeypatch.setenv("GLASSGRAD_OFFLINE", "1")
    expect_tiny(source.load())
    assert [c.status for c in source.get()] == ["ok"] * 4


def test_data_dir_is_where_it_is_put(server, tmp_path):
    put(server[0] / "a")
    served(server, "a").load(tmp_path / "new")
    assert (tmp_path / "new" / "tiny" / "t10k-labels-idx1-ubyte.gz").is_file()
    assert not (tmp_path / "cache").exists()


def test_only_what_is_missing_is_fetched(server, tmp_path):
    missing = "t10k-labels-idx1-ubyte"
    put(tmp_path / "mine", {name: c for name, c in FILES.items() if name != missing})
    put(server[0] / "a", {missing: FILES[missing]})
    expect_tiny(served(server, "a").load(tmp_path / "mine"))


def test_the_next_mirror_is_asked(server):
    """One that does not answer, one with nothing, an altered one, one cut short, a good one."""
    put(server[0] / "altered", {name: c[:-1] + b"\7" for name, c in FILES.items()})
    put(server[0] / "cut", pack=lambda content: gzip.compress(content)[:-4])
    put(server[0] / "good")
    source = served(server, "nothing", "altered", "cut", "good")
    mirrors = ("http://127.0.0.1:9/", *source.remote.mirrors)
    expect_tiny(replace(source, remote=Remote(mirrors, 1)).load())


def test_if_no_mirror_is_good_nothing_is_written(server, tmp_path):
    good = "train-images-idx3-ubyte"
    put(server[0] / "a", {good: FILES[good], "train-labels-idx1-ubyte": b"altered"})
    with pytest.raises(DataError) as caught:
        served(server, "a", "nothing").load()
    message = str(caught.value)
    assert "no mirror gave train-labels-idx1-ubyte.gz" in message
    assert "expected 11 bytes with sha256" in message
    assert "404" in message
    assert "download=False" in message
    assert not list((tmp_path / "cache").iterdir())


def test_a_download_that_does_not_end_is_stopped(server, tmp_path):
    endless = {name: bytes(3_000_000) for name in FILES}
    put(server[0] / "a", endless, pack=bytes)
    with pytest.raises(DataError, match="too long for this file"):
        served(server, "a").load()
    assert not list((tmp_path / "cache").iterdir())


def test_a_full_disk_is_one_clear_error(server, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch, "_download", full)
    with pytest.raises(DataError, match=r"cannot write to .*tiny.*No space left.*data_dir"):
        served(server, "a", "b").load()
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c + b"\0", lambda c: c[:-1] + b"\7"])
def test_an_altered_file_is_noticed_at_every_load(tmp_path, spoil):
    put(tmp_path / "mine")
    expect_tiny(TINY.load(tmp_path / "mine"))
    name = "train-images-idx3-ubyte"
    put(tmp_path / "mine", {name: spoil(FILES[name])})
    with pytest.raises(DataError, match=name):
        TINY.load(tmp_path / "mine")
    first, *others = TINY.check(tmp_path / "mine")
    assert first.status == "altered"
    assert first.path == tmp_path / "mine" / f"{name}.gz"
    assert name in first.message
    assert {c.status for c in others} == {"ok"}
    assert {c.status for c in TINY.check(tmp_path)} == {"missing"}


def batch(seed, n=2):
    rng = np.random.default_rng(seed)
    return b"".join(bytes([k % 10]) + rng.bytes(3072) for k in range(n))


def archive(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def photographs(server, monkeypatch):
    """CIFAR-10 in small, as an archive on the server that also holds a file nobody asked for."""
    contents = {f"data_batch_{i}.bin": batch(i) for i in range(1, 6)} | {"test_batch.bin": batch(6)}
    first = batch(6)[:3073]
    stand_in = File("test_first1000.bin", len(first), sha256(first))
    files = [File(name, len(c), sha256(c)) for name, c in contents.items()]
    files[5] = replace(files[5], stand_in=stand_in)
    monkeypatch.setattr("glassgrad.data.cifar10._TRAIN", tuple(files[:5]))
    monkeypatch.setattr("glassgrad.data.cifar10._TEST", files[5])
    packed = archive({f"bin/{name}": c for name, c in contents.items()} | {"../evil": b"no"})
    (server[0] / "c.tar.gz").write_bytes(packed)
    remote = Remote((server[1],), 1, File("c.tar.gz", len(packed), sha256(packed)), "bin")
    from glassgrad.data.cifar10 import cifar10

    source = Cifar10(**(vars(cifar10) | {"files": tuple(files), "remote": remote}))
    return source, contents | {stand_in.name: first}


def test_an_archive_is_unpacked_member_by_member(photographs, tmp_path):
    source, _ = photographs
    train, test = source.load()
    assert train.x.shape == (10, 3, 32, 32)
    assert (test.name, len(test)) == ("cifar10/test", 2)
    names = {p.name for p in (tmp_path / "cache").rglob("*") if p.is_file()}
    assert names == {f.name for f in source.files}


@pytest.mark.parametrize("where", ["archive", "member"])
def test_an_altered_archive_is_not_installed(photographs, server, tmp_path, where):
    source, contents = photographs
    packed = archive({f"bin/{name}": batch(7) for name in contents})
    (server[0] / "c.tar.gz").write_bytes(packed)
    if where == "member":
        changed = replace(source.remote, archive=File("c.tar.gz", len(packed), sha256(packed)))
        source = replace(source, remote=changed)
    with pytest.raises(DataError, match=r"expected .*sha256.*got"):
        source.load()
    assert not list((tmp_path / "cache").iterdir())


def test_an_archive_without_the_members_is_refused(photographs, server, tmp_path):
    source, _ = photographs
    (server[0] / "c.tar.gz").write_bytes(packed := archive({"other": b""}))
    changed = replace(source.remote, archive=File("c.tar.gz", len(packed), sha256(packed)))
    with pytest.raises(DataError, match="archive cannot be read"):
        replace(source, remote=changed).load()
    assert not list((tmp_path / "cache").iterdir())


def test_the_first_thousand_stand_in_for_the_test_batch(photographs, tmp_path, caplog):
    source, contents = photographs
    put(tmp_path / "mine", {n: c for n, c in contents.items() if n != "test_batch.bin"}, bytes, "")
    splits = source.load(tmp_path / "mine", download=False)
    assert (splits.test.name, len(splits.test)) == ("cifar10/test_first1000", 1)
    assert "first 1,000 of the 10,000" in splits.note
    assert caplog.messages == [splits.note]
    assert "test_first1000.bin for test_batch.bin" in source.info(tmp_path / "mine").status
    assert source.get(tmp_path / "mine")[5].file == "test_batch.bin"
    splits = source.load(tmp_path / "mine", download=False)
    assert (splits.test.name, splits.note) == ("cifar10/test", "")


def test_an_unknown_name_is_answered_with_near_ones():
    for call in (data.load, data.info, data.get, data.check):
        with pytest.raises(SettingError, match=r"no data set 'mnsit'.*did you mean 'mnist'"):
            call("mnsit")
    with pytest.raises(SettingError, match="choose one of these"):
        data.load("qqqqq")
