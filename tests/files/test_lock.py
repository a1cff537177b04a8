"""A lock is held by one at a time, and says whether there can be one at all."""

import pytest

from glassgrad.errors import SettingError
from glassgrad.files.lock import locked, tried


def test_only_one_holds_it_and_nothing_but_the_lock_is_left(tmp_path):
    lock = tmp_path / "lock"
    with tried(lock) as first, tried(lock) as second:
        assert (first, second) == (True, False)
        ours = locked(lock, "a folder of ours")
        with pytest.raises(SettingError, match="expected a folder of ours: wait until"), ours:
            pass
    with tried(lock) as again:
        assert again
        assert [p.name for p in tmp_path.iterdir()] == ["lock"]
    assert lock.stat().st_size == 0


def test_where_there_can_be_no_lock(tmp_path):
    for lock in (tmp_path / "nowhere" / "lock", tmp_path):
        with pytest.raises(OSError, match="expected a place for a lock, got"), tried(lock):
            pass
    (tmp_path / "text").write_text("this is no lock, nor a database\n" * 40)
    with pytest.raises(OSError, match="expected a place for a lock, got"), tried(tmp_path / "text"):
        pass
