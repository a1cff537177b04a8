"""A folder is ours if nobody else could have put something there, or another in its place."""

import os
import stat

import pytest

from glassgrad.kernels.own_folder import NotOurs, own_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners on this system")
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give folders away"
)


@pytest.fixture
def path(tmp_path):
    """A folder in a folder, neither of which is there yet."""
    return tmp_path / "above" / "folder"


def test_what_is_made_is_for_this_user_alone(path):
    before = os.umask(0)
    try:
        assert own_folder(path) == path.resolve()
    finally:
        os.umask(before)
    for made in (path, path.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert own_folder(path) == path.resolve()


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_may_write_to(path, mode):
    own_folder(path)
    path.chmod(mode)
    with pytest.raises(NotOurs, match=f"others may write to {path}: chmod go-w {path}"):
        own_folder(path)
    path.chmod(path.stat().st_mode & ~0o022)  # the advice
    own_folder(path)


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_exchange(path, mode):
    own_folder(path)
    path.parent.chmod(mode)
    with pytest.raises(NotOurs, match=f"others may write to {path.parent}: chmod go-w"):
        own_folder(path)
    path.parent.chmod(0o1777)  # as /tmp is: others cannot rename what is ours
    own_folder(path)


def test_somebody_elses_folder(path, monkeypatch):
    own_folder(path)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.raises(NotOurs, match=f"belongs to user {user}: name a folder of yours"):
        own_folder(path)


@needs_root
@pytest.mark.parametrize("which", ["folder", "above"])
def test_a_folder_that_was_given_away(path, which):
    own_folder(path)
    given = path if which == "folder" else path.parent
    os.chown(given, 12345, -1)
    with pytest.raises(NotOurs, match=f"{given} belongs to user 12345"):
        own_folder(path)


@needs_root
def test_the_owner_of_all_folders_is_the_system(path, monkeypatch):
    """In a container without root's rights, what is root's is somebody else's: `nobody`'s."""
    place = own_folder(path)
    os.chown(path.parent, 12345, -1)
    monkeypatch.setattr("glassgrad.kernels.own_folder.system_owner", lambda _: 12345)
    assert own_folder(path) == place
    os.chown(path, 12345, -1)
    with pytest.raises(NotOurs, match=f"{path} belongs to user 12345"):
        own_folder(path)


def test_what_a_link_leads_to_is_looked_at(path, tmp_path):
    own_folder(path)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert own_folder(link) == path.resolve()
    assert own_folder(link / "deeper") == path.resolve() / "deeper"
    path.parent.chmod(0o777)
    with pytest.raises(NotOurs):
        own_folder(link)


def test_what_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        own_folder(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        own_folder(tmp_path / "file" / "below")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises((OSError, RuntimeError), match=r"symbolic links|loop|exists"):
        own_folder(tmp_path / "a")
