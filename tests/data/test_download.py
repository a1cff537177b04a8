"""Downloading from servers that behave badly, each of them played on this machine."""

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from glassgrad.data import download as module
from glassgrad.data.download import download
from glassgrad.errors import DataError

CONTENT = np.random.default_rng(0).bytes(300_000)
LIMIT = 400_000


class Server(BaseHTTPRequestHandler):
    """Serves CONTENT as the class attributes say; `asked` keeps what it was asked."""

    cuts: ClassVar[list] = []  # after so many bytes the connection ends, once each
    knows_ranges = True
    etag = ""
    chunked = says_length = False
    asked: ClassVar[list] = []

    def do_GET(self):
        self.asked.append(self.headers)
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/file")
            self.end_headers()
        elif self.path != "/file":
            self.send_error(int(self.path.rpartition("/")[2]))
        elif (start := self.start()) is not None and start >= len(CONTENT):
            self.send_error(416)
        else:
            self.answer(CONTENT[start or 0 :], start)

    def start(self):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not wanted or not self.knows_ranges:
            return None
        same = self.headers.get("If-Range", self.etag) == self.etag
        return int(wanted[1]) if same else None

    def answer(self, body, start):
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if self.etag:
            self.send_header("ETag", self.etag)
        if self.says_length:
            self.send_header("Content-Length", str(len(body)))
        if self.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        cut = self.cuts.pop(0) if self.cuts else None
        body = body[:cut]
        if self.chunked:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
            body = b"" if cut else b"0\r\n\r\n"
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve(monkeypatch):
    """Start a server with these attributes; gives its address and what it was asked."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(module, "PAUSE", 0.0)
    running = []

    def start(protocol="HTTP/1.1", **settings):
        settings = {"cuts": [], "asked": [], "says_length": True} | settings
        handler = type("Handler", (Server,), settings | {"protocol_version": protocol})
        http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((http, thread))
        return f"http://127.0.0.1:{http.server_port}", handler.asked

    yield start
    for http, thread in running:
        http.shutdown()
        thread.join()
        http.server_close()


def closing(**settings):
    """A server that ends the connection after its answer, so that a cut is seen at once."""
    return settings | {"protocol": "HTTP/1.0"}


@pytest.mark.parametrize("settings", [{}, {"chunked": True, "says_length": False}, closing()])
def test_a_file_arrives_whole(serve, tmp_path, settings):
    url, asked = serve(**settings)
    seen = []
    download(f"{url}/file", tmp_path / "f", LIMIT, lambda here, of: seen.append((here, of)))
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), None if settings.get("chunked") else len(CONTENT))
    assert [here for here, _ in seen] == sorted(here for here, _ in seen)
    assert asked[0]["User-Agent"].startswith("glassgrad/")


def test_a_file_of_this_machine_has_an_address_too(tmp_path):
    (tmp_path / "there").write_bytes(CONTENT)
    download((tmp_path / "there").as_uri(), tmp_path / "here", LIMIT)
    assert (tmp_path / "here").read_bytes() == CONTENT
    with pytest.raises(DataError, match="No such file"):
        download((tmp_path / "nowhere").as_uri(), tmp_path / "here", LIMIT)


def test_a_redirect_is_followed_with_the_range_too(serve, tmp_path):
    url, asked = serve(**closing(cuts=[1000]))
    download(f"{url}/moved", tmp_path / "f", LIMIT)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [h["Range"] for h in asked] == [None, None, "bytes=1000-", "bytes=1000-"]


@pytest.mark.parametrize("etag", ["", '"v1"'])
def test_a_broken_connection_is_taken_up_where_it_broke(serve, tmp_path, etag):
    url, asked = serve(**closing(cuts=[100_000, 1, 150_000], etag=etag))
    download(f"{url}/file", tmp_path / "f", LIMIT)
    assert (tmp_path / "f").read_bytes() == CONTENT
    ranges = [f"bytes={n}-" for n in (100_000, 100_001, 250_001)]
    assert [h["Range"] for h in asked] == [None, *ranges]
    assert [h["If-Range"] for h in asked] == [None, *[etag or None] * 3]


def test_a_chunked_answer_that_breaks_is_taken_up_as_well(serve, tmp_path):
    url, asked = serve(cuts=[70_000], chunked=True, says_length=False, close_connection=True)
    download(f"{url}/file", tmp_path / "f", LIMIT)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert len(asked) == 2


def test_a_server_that_knows_no_ranges_begins_again(serve, tmp_path):
    url, asked = serve(**closing(cuts=[100_000, 50_000], knows_ranges=False))
    download(f"{url}/file", tmp_path / "f", LIMIT)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [h["Range"] for h in asked] == [None, "bytes=100000-", "bytes=50000-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(serve, tmp_path):
    class Etag:
        """What the handler reads as its ETag: another one once the first answer was begun."""

        def __get__(self, handler, _):
            return '"new"' if len(handler.asked) > 1 else '"old"'

    url, asked = serve(**closing(cuts=[100_000], etag=Etag()))
    download(f"{url}/file", tmp_path / "f", LIMIT)
    assert (asked[1]["Range"], asked[1]["If-Range"]) == ("bytes=100000-", '"old"')
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_weak_validator_is_not_asked_by(serve, tmp_path):
    url, asked = serve(**closing(cuts=[1000], etag='W/"v1"'))
    download(f"{url}/file", tmp_path / "f", LIMIT)
    assert asked[1]["If-Range"] is None
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("lie", ["another part", "no such range"])
def test_a_server_that_answers_a_range_wrongly_is_asked_anew(serve, tmp_path, lie):
    def start(handler):
        wrong = 7 if lie == "another part" else len(CONTENT)
        return wrong if "Range" in handler.headers else None

    url, asked = serve(**closing(cuts=[1000], start=start))
    download(f"{url}/file", tmp_path / "f", LIMIT)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [h["Range"] for h in asked] == [None, "bytes=1000-", None]


def test_a_connection_that_breaks_every_time_is_given_up(serve, tmp_path):
    url, asked = serve(**closing(cuts=[1000] * 5, knows_ranges=False))
    with pytest.raises(DataError, match="cut short: 1,000 of 300,000 bytes came"):
        download(f"{url}/file", tmp_path / "f", LIMIT)
    assert len(asked) == 5


@pytest.mark.parametrize("code", [403, 404, 500])
def test_who_has_nothing_is_asked_once(serve, tmp_path, code):
    url, asked = serve()
    with pytest.raises(DataError, match=f"HTTP Error {code}"):
        download(f"{url}/{code}", tmp_path / "f", LIMIT)
    assert len(asked) == 1


@pytest.mark.parametrize("says_length", [True, False])
def test_no_more_is_taken_than_allowed(serve, tmp_path, says_length):
    url, asked = serve(**closing(says_length=says_length))
    with pytest.raises(DataError, match=r"expected at most 100,000 bytes, got .* too long"):
        download(f"{url}/file", tmp_path / "f", 100_000)
    assert len(asked) == 1
    assert (tmp_path / "f").stat().st_size <= 100_000


def test_who_does_not_answer_is_waited_for_only_so_long(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/f"
        with pytest.raises(DataError, match="timed out"):
            download(url, tmp_path / "f", LIMIT)


def test_what_is_no_web_server_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet():
            connection, _ = other.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(DataError, match="220 mail"):
            download(f"http://127.0.0.1:{other.getsockname()[1]}/f", tmp_path / "f", LIMIT)
        thread.join()


def test_the_proxy_of_the_environment_is_used(serve, tmp_path, monkeypatch):
    url, asked = serve(**closing())
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", url)
    with pytest.raises(DataError, match="HTTP Error 404"):  # the proxy is asked for a whole address
        download("http://nobody.invalid/404", tmp_path / "f", LIMIT)
    assert asked[0]["Host"] == "nobody.invalid"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_the_disk_s_error_and_is_not_tried_again(serve, tmp_path):
    url, asked = serve(**closing())
    (tmp_path / "f").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        download(f"{url}/file", tmp_path / "f", LIMIT)
    assert len(asked) == 1
