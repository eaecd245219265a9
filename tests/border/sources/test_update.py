"""Downloads from a server on this machine, with the faults that real ones have."""

from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import publisher
import pytest
from publisher import AREA_HEADER, SOUTHWEST_HEADER

from analysis.border.sources import read_file
from analysis.border.sources.update import (
    RELEASES,
    download,
    find_release,
    instructions,
    newest_link,
)
from analysis.errors import DataError, InputError, RunError

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

NEW = "sbo-encounters-fy23-fy24-jul.csv"
OLD = "sbo-encounters-fy21-fy24-jan.csv"
CSV = publisher.text(SOUTHWEST_HEADER, publisher.southwest_rows()).encode()
PAGE = f"""<!DOCTYPE html><html><body>
<a href="/files/2024-02/{OLD}">January</a> <a class="x" href='/files/2024-08/{NEW}'>July</a>
<a href="/files/2024-08/nationwide-encounters-fy23-fy24-jul-aor.csv">Areas</a>
<a href="https://elsewhere.example/sbo-encounters-fy23-fy29-aug.csv">Not ours</a>
</body></html>"""
HTML, TEXT_CSV = "text/html; charset=utf-8", "text/csv"


@dataclass
class Answer:
    """What the server answers to a path."""

    body: bytes = b""
    content_type: str = TEXT_CSV
    status: int = 200
    declared: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


class Site:
    """A web site on loopback."""

    def __init__(self) -> None:
        self.answers = {
            "/page": Answer(body=PAGE.encode(), content_type=HTML),
            f"/files/2024-08/{NEW}": Answer(body=CSV),
        }
        self.stop = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = site.answers.get(self.path, Answer(status=404, body=b"no such page"))
                site.stop.wait(answer.wait)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                length = len(answer.body) if answer.declared is None else answer.declared
                if length >= 0:
                    self.send_header("Content-Length", str(length))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        self.stop.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def site(monkeypatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    yield site
    site.close()


def release(site: Site, name: str = "southwest_monthly"):
    return replace(find_release(name), page=f"{site.url}/page")


FILE = f"/files/2024-08/{NEW}"


def test_the_newest_file_is_saved_with_its_checksum(site, tmp_path):
    path = download(release(site), tmp_path / "data")
    assert path == tmp_path / "data" / NEW
    assert path.read_bytes() == CSV
    record = (tmp_path / "data" / f"{NEW}.sha256").read_text()
    assert record == f"{hashlib.sha256(CSV).hexdigest()}  {NEW}\n"
    assert sorted(p.name for p in path.parent.iterdir()) == [NEW, f"{NEW}.sha256"]
    assert read_file(path).source.vintage == "2024-07"


def test_downloading_again_changes_nothing(site, tmp_path):
    first = download(release(site), tmp_path)
    assert download(release(site), tmp_path) == first
    assert first.read_bytes() == CSV


def test_a_file_with_other_content_is_never_replaced(site, tmp_path):
    (tmp_path / NEW).write_bytes(b"my own notes")
    with pytest.raises(DataError, match=r"already in .* with other content"):
        download(release(site), tmp_path)
    assert (tmp_path / NEW).read_bytes() == b"my own notes"
    assert [path.name for path in tmp_path.iterdir()] == [NEW]


FAULTS = {
    "page not found": ("/page", Answer(status=404), "answered with an error .*HTTP 404"),
    "page refused": ("/page", Answer(status=403), "answered with an error .*HTTP 403"),
    "file refused": (FILE, Answer(status=403, body=b"<html>"), "HTTP 403"),
    "server error": (FILE, Answer(status=500), "HTTP 500"),
    "cut off half-way": (
        FILE,
        Answer(body=CSV[: len(CSV) // 2], declared=len(CSV)),
        "the connection ended before the whole file had come",
    ),
    "cut off without a stated length": (
        FILE,
        Answer(body=CSV[: len(CSV) // 2], declared=-1),
        "ends in the middle of a line",
    ),
    "page cut off": ("/page", Answer(body=PAGE.encode(), declared=9999), "ended before the whole"),
    "slow page": ("/page", Answer(wait=30), "it took too long"),
    "slow file": (FILE, Answer(body=CSV, wait=30), "it took too long"),
    "error page in place of the file": (
        FILE,
        Answer(body=b"<html>Access Denied</html>", content_type=HTML),
        r"\(text/html; charset=utf-8\) is not usable: .* is a web page",
    ),
    "another table": (
        FILE,
        Answer(body=publisher.text(AREA_HEADER, publisher.area_rows()).encode()),
        "it holds nationwide_area_monthly",
    ),
    "empty file": (FILE, Answer(body=b""), "the answer was empty|is empty"),
    "changed page": (
        "/page",
        Answer(body=b"<html>We have moved to a dashboard</html>", content_type=HTML),
        "has no link to such a file any more",
    ),
    "link to another site": (
        "/page",
        Answer(body=b'<a href="http://elsewhere.example/sbo-encounters-fy22-fy25-aug.csv">x</a>'),
        "links to another site",
    ),
    "too many redirections": (
        FILE,
        Answer(status=302, headers={"Location": FILE}),
        "redirects in circles",
    ),
    "redirection to a file of this machine": (
        FILE,
        Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        "could not be fetched",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_failure_is_explained_and_nothing_is_saved(site, tmp_path, name):
    path, answer, message = FAULTS[name]
    site.answers[path] = answer
    with pytest.raises((RunError, DataError), match=message) as error:
        download(release(site), tmp_path / "data", seconds=1.5)
    assert "nothing was saved" in error.value.rule
    assert f"Open {site.url}/page in a browser" in error.value.remedy
    assert list((tmp_path / "data").iterdir()) == []


def test_a_refused_connection_is_explained(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        page = f"http://127.0.0.1:{taken.getsockname()[1]}/page"
        with pytest.raises(RunError, match=r"the connection was refused \(curl exit 7\)"):
            download(replace(find_release("southwest_monthly"), page=page), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_curl_the_way_by_hand_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(RunError, match="curl is not installed") as error:
        download(find_release("southwest_monthly"), tmp_path)
    assert "https://www.cbp.gov/document/stats/southwest-land-border" in error.value.remedy


def test_a_folder_that_is_a_file_is_explained(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(DataError, match="cannot be used as a folder"):
        download(find_release("southwest_monthly"), tmp_path / "data")


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (["sbo-encounters-fy22-fy25-aug.csv", "sbo-encounters-fy22-fy25-jul.csv"], 0),
        (["sbo-encounters-fy22-fy25.csv", "sbo-encounters-fy22-fy25-aug.csv"], 0),
        (["sbo-encounters-fy22-fy25.csv", "sbo-encounters-fy23-fy26-oct.csv"], 1),
        (["sbo-encounters-fy23-fy26-oct.csv", "sbo-encounters-fy23-fy26-jan.csv"], 1),
        (["sbo-encounters-fy22-fy25-aug_0.csv", "sbo-encounters-fy22-fy25-jul.csv"], 0),
        (["SBO-Encounters-FY22-FY25-Aug.CSV", "sbo-encounters-fy99-fy99-sep.csv.html"], 0),
    ],
)
def test_the_newest_link_is_found(names, newest):
    wanted = RELEASES["southwest_monthly"]
    page = "".join(f'<a href="/sites/default/files/2025-09/{name}">x</a>' for name in names)
    url = newest_link(page, wanted)
    assert url == f"https://www.cbp.gov/sites/default/files/2025-09/{names[newest]}"


def test_the_instructions_name_page_file_and_folder():
    text = instructions("my folder")
    for wanted in RELEASES.values():
        assert wanted.page in text
        assert wanted.example in text
    assert "my folder" in text
    assert "python -m analysis data check my folder" in text


def test_an_unknown_release_is_refused():
    with pytest.raises(InputError, match="no release 'southwest'"):
        find_release("southwest")
