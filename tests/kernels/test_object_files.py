"""Compiled once between all processes, loaded afterwards; never what could be somebody else's."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.kernels.processes import PRODUCT, SMALLEST, objects, python, variables

from glassgrad.kernels import object_files, precompile
from glassgrad.kernels.object_files import ObjectFiles

CODE = bytes(range(200)) * 5
COUNTED = f"""
import os, sys
from glassgrad.kernels import compiler
compiled = compiler.object_code
def counted(written, signature, symbol):
    with open(sys.argv[1], "a") as log:
        log.write(symbol + "\\n")
    return compiled(written, signature, symbol)
compiler.object_code = counted
{PRODUCT}
"""
"""A program that notes each compilation in a file."""
needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
needs_owners = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners on this system")


def never():
    raise AssertionError("compiled again")


def held(lock):
    """A process that holds a lock, until it is killed."""
    program = "import sys, time\nfrom pathlib import Path\nfrom glassgrad.files.lock import tried\n"
    program += (
        "with tried(Path(sys.argv[1])) as is_held: print(is_held, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "True\n"
    return process


def test_a_second_process_needs_no_compiler(cache):
    again = python(PRODUCT, GLASSGRAD_CACHE=str(cache))
    assert (again.stdout.strip(), again.stderr) == ("False", "")


@pytest.mark.parametrize("cut", [0, 1, 32, 33, 1000, 1031])
def test_what_is_not_what_was_written_is_not_read(cut, tmp_path):
    path, files = tmp_path / "kernel.o", ObjectFiles(tmp_path)
    files.write("kernel.o", CODE)
    good = path.read_bytes()
    assert files.read("kernel.o") == CODE
    path.write_bytes(good[:cut])
    assert files.read("kernel.o") is None
    path.write_bytes(good[:cut] + bytes([good[cut] ^ 1]) + good[cut + 1 :])
    assert files.read("kernel.o") is None
    path.write_bytes(good + b"x")
    assert files.read("kernel.o") is None


@pytest.mark.parametrize("damage", ["garbage", "a folder"])
def test_a_damaged_file_is_compiled_again(cache, damage):
    path = next(p for p in objects(cache) if p.name == "thread_pool.run.o")
    good = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_bytes(bytes(range(256)) * 40)
    try:
        assert python(PRODUCT, GLASSGRAD_CACHE=str(cache)).stderr.count("compiling") == 1
        assert path.is_dir() or path.read_bytes() == good
        assert not list(path.parent.glob("*.tmp"))
    finally:
        if path.is_dir():
            path.rmdir()
        path.write_bytes(good)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    program = f"import tempfile; tempfile.tempdir = {str(tmp_path / 'file')!r}\n{PRODUCT}"
    first = python(program, GLASSGRAD_CACHE=str(tmp_path / "file"))
    assert "compiling" in first.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_full_disk_costs_time_and_leaves_nothing_behind(tmp_path):
    """Files may not grow beyond a few bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource")

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    place = {"GLASSGRAD_CACHE": str(tmp_path), "TMPDIR": str(tmp_path)}
    first = python(PRODUCT, preexec_fn=full, **place)
    assert first.stderr.count("compiling") == 1
    left = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not [p for p in left if p.name != "key" and p.suffix != ".lock"]
    assert {p.stat().st_size for p in left} <= {0, object_files.KEY}
    python(SMALLEST, **place)  # there is room again
    assert python(SMALLEST, **place).stdout == "False\n"


def test_a_user_without_a_home_gets_no_folder_in_the_current_one(tmp_path, tmp_path_factory):
    program = "import os; os.path.expanduser = lambda p: p\n"
    program += f"os.chdir({str(tmp_path)!r})\n" + PRODUCT
    elsewhere = tmp_path_factory.mktemp("temporary")
    nowhere = ("HOME", "XDG_CACHE_HOME", "GLASSGRAD_CACHE")
    python(program, without=nowhere, TMPDIR=str(elsewhere))
    assert not list(tmp_path.iterdir())
    assert objects(elsewhere)


def test_two_processes_may_compile_at_once_and_one_may_be_killed(tmp_path):
    environment = variables(GLASSGRAD_CACHE=str(tmp_path), GLASSGRAD_PRECOMPILE="1")
    command = [sys.executable, "-c", PRODUCT]
    three = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("*.o.lock")) and time.monotonic() < deadline:
        time.sleep(0.01)
    three[0].send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    for other in three[1:]:
        assert other.communicate()[0] in ("True\n", "False\n")
        assert other.returncode == 0
    three[0].communicate()
    again = python(PRODUCT, GLASSGRAD_CACHE=str(tmp_path))
    assert again.stdout.strip() == "False"


def test_what_a_killed_process_had_half_written_is_swept_away(tmp_path):
    old, young = tmp_path / ".gemm.tiles.o.1.tmp", tmp_path / ".gemm.tiles.o.2.tmp"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    ObjectFiles(tmp_path)
    assert list(tmp_path.glob(".*")) == [young]


def test_what_is_precompiled_is_what_a_step_needs():
    """No kernel of the list is out of date."""
    for kernel in precompile.USUAL:
        assert callable(kernel.python())
    assert len({kernel.file for kernel in precompile.USUAL}) == len(precompile.USUAL)


def test_code_is_read_under_its_own_name_and_key_only(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    files, others = ObjectFiles(tmp_path / "a"), ObjectFiles(tmp_path / "b")
    files.write("x.o", CODE)
    shutil.copy(files.folder / "x.o", files.folder / "y.o")
    shutil.copy(files.folder / "x.o", others.folder / "x.o")
    assert files.read("x.o") == CODE
    assert files.read("y.o") is None
    assert others.read("x.o") is None


@needs_owners
def test_what_is_kept_is_for_this_user_alone(tmp_path):
    before = os.umask(0)
    try:
        ObjectFiles(tmp_path).write("x.o", CODE)
    finally:
        os.umask(before)
    for name in ("key", "x.o"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert ObjectFiles(tmp_path).read("x.o") == CODE


@needs_owners
@pytest.mark.parametrize(
    "fault", ["may be read", "is short", "is a link", "is a folder", "is gone"]
)
def test_a_key_that_others_could_know_seals_nothing(fault, tmp_path):
    ObjectFiles(tmp_path).write("x.o", CODE)
    path = tmp_path / "key"
    key = path.read_bytes()
    if fault == "may be read":
        path.chmod(0o640)
    elif fault == "is short":
        path.write_bytes(key[:31])
    else:
        path.unlink()
    if fault == "is a link":
        (tmp_path / "elsewhere").write_bytes(key)
        (tmp_path / "elsewhere").chmod(0o600)
        path.symlink_to(tmp_path / "elsewhere")
    if fault == "is a folder":
        path.mkdir()
        with pytest.raises(IsADirectoryError):
            ObjectFiles(tmp_path)
        return
    files = ObjectFiles(tmp_path)
    assert files.read("x.o") is None
    assert path.read_bytes() == files.key != key
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    assert files.get("x.o", lambda: CODE) == ObjectFiles(tmp_path).get("x.o", never) == CODE


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives files away")
def test_a_key_of_somebody_else_seals_nothing(tmp_path):
    ObjectFiles(tmp_path).write("x.o", CODE)
    os.chown(tmp_path / "key", 12345, -1)
    assert ObjectFiles(tmp_path).read("x.o") is None


@needs_owners
@pytest.mark.parametrize("which", ["folder", "above"])
def test_a_cache_that_others_may_write_to_is_not_loaded(which, tmp_path):
    """What lies there has a good seal, but could have been exchanged: it is compiled anew elsewhere."""
    place = {"GLASSGRAD_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir(mode=0o700)
    python(SMALLEST, **place)
    (path,) = {p.parent for p in objects(tmp_path)}
    opened = path if which == "folder" else tmp_path / "cache"
    opened.chmod(0o777)
    run = python(SMALLEST, **place)
    assert run.stdout == "True\n"
    notice = f"could exchange them: others may write to {opened}: chmod go-w {opened}, or name"
    assert run.stderr.count(notice) == run.stderr.count("compiling") == 1
    again = python(SMALLEST, **place)  # from the other place
    assert (again.stdout, again.stderr.count("\n")) == ("False\n", 1)
    opened.chmod(0o700)  # the advice
    again = python(SMALLEST, **place)
    assert (again.stdout, again.stderr) == ("False\n", "")


@needs_kill
def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path):
    files = ObjectFiles(tmp_path)
    holder = held(tmp_path / "x.o.lock")
    assert files.make("x.o", never) is None
    holder.kill()
    holder.communicate()
    began = time.monotonic()
    assert files.get("x.o", lambda: CODE) == CODE
    assert time.monotonic() - began < 5


@needs_kill
def test_a_process_that_was_stopped_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(object_files, "PATIENCE", 0.2)
    files = ObjectFiles(tmp_path)
    holder = held(tmp_path / "x.o.lock")
    holder.send_signal(signal.SIGSTOP)
    assert files.get("x.o", lambda: CODE) == CODE
    holder.kill()
    holder.communicate()


def test_an_error_while_compiling_frees_the_lock(tmp_path):
    files = ObjectFiles(tmp_path)
    with pytest.raises(AssertionError, match="compiled again"):
        files.get("x.o", never)
    assert files.get("x.o", lambda: CODE) == CODE


def cold_starts(count, folder, **environment):
    """Start that many processes at once on an empty cache; gives what they compiled."""
    log = folder / "log"
    command = [sys.executable, "-c", COUNTED, str(log)]
    place = variables(GLASSGRAD_CACHE=str(folder / "cache"), **environment)
    started = [
        subprocess.Popen(command, env=place, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for process in started:
        assert process.communicate()[0] in ("True\n", "False\n")
        assert process.returncode == 0
    return log.read_text().split()


@pytest.mark.parametrize("second_process", ["0", "1"])
def test_cold_starts_at_once_compile_once_between_them(second_process, tmp_path):
    compiled = cold_starts(3, tmp_path, GLASSGRAD_PRECOMPILE=second_process)
    assert len(compiled) == len(set(compiled))
    kept = {p.name.removesuffix(".o") for p in objects(tmp_path)}
    assert {"thread_pool.run", "gemm.tiles"} <= kept
    if second_process == "0":
        assert {f"glassgrad.{name}" for name in kept} == set(compiled)


@pytest.mark.slow
def test_twenty_cold_starts_at_once_compile_once_between_them(tmp_path):
    compiled = cold_starts(20, tmp_path)
    assert len(compiled) == len(set(compiled)) == len(objects(tmp_path))


def is_alive(process):
    """Whether a process runs; one that ended and was not asked about is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@needs_kill
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc on this system")
def test_the_second_process_ends_when_the_first_is_killed(tmp_path):
    program = "import time\nfrom glassgrad.kernels import second_process as s\n"
    program += "print(s.start().pid, flush=True); time.sleep(60)"
    place = variables(GLASSGRAD_CACHE=str(tmp_path), GLASSGRAD_PRECOMPILE="1")
    first = subprocess.Popen([sys.executable, "-c", program], env=place, stdout=subprocess.PIPE)
    second, deadline = int(first.stdout.readline()), time.monotonic() + 60
    while not objects(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)  # until it is at work
    assert is_alive(second)
    first.kill()
    first.communicate()
    while is_alive(second) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert 0 < len(objects(tmp_path)) < len(precompile.USUAL)
    assert not list(tmp_path.rglob("thread_pool.work.o"))
