"""What is not a table, whatever its name says, is refused by what it is."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zipfile

import publisher
import pytest
from publisher import SOUTHWEST_HEADER

from analysis.border.sources.reading import read_file
from analysis.errors import DataError
from analysis.reading import content as content_module
from analysis.reading.content import read_content

CLEAN = publisher.text(SOUTHWEST_HEADER, publisher.southwest_rows()).encode()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


PACKED = gzip.compress(CLEAN)
NOT_TABLES = {
    "empty": (b"", "is empty"),
    "only blank lines": (b"\r\n\r\n  \r\n", "is empty"),
    "only a byte-order mark": (b"\xef\xbb\xbf", "is empty"),
    "error page": (b"<!DOCTYPE html><html><body>Access Denied</body></html>", "is a web page"),
    "error page after a mark": (b"\xef\xbb\xbf\r\n <HTML>Access Denied</HTML>", "is a web page"),
    "XML": (b'<?xml version="1.0"?><Error>AccessDenied</Error>', "is a web page or XML"),
    "JSON": (b'{"error": "denied"}', "is JSON"),
    "PDF": (b"%PDF-1.4\n%...", "is a PDF"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "of the old kind"),
    "image": (b"\x89PNG\r\n\x1a\n....", "is an image"),
    "packed error page": (gzip.compress(b"<html>denied</html>"), "is a web page"),
    "gzip cut off": (PACKED[: len(PACKED) // 2], "damaged or cut-off gzip"),
    "gzip with a wrong checksum": (PACKED[:-8] + b"\0" * 8, "damaged or cut-off gzip"),
    "gzip of nothing": (gzip.compress(b""), "is empty"),
    "zip that is no workbook": (zipped(data=CLEAN), "cannot be read as a workbook"),
    "workbook cut off": (
        zipped(xl__workbook_xml=b"<x/>" * 99)[:60],
        "cannot be read as a workbook",
    ),
    "workbook with broken parts": (
        zipped(xl__workbook_xml=b"<workbook", **{"[Content_Types]_xml": b"<Types/>"}),
        "cannot be read as a workbook",
    ),
    "random bytes": (bytes(range(256)) * 20, "NUL bytes"),
    "prose": (b"These are not the figures.\nThey are words, two commas, in a row.\n", "columns"),
}


@pytest.mark.parametrize("name", NOT_TABLES)
@pytest.mark.parametrize("file_name", ["sbo-encounters-fy22-fy25-aug.csv", "figures.xlsx"])
def test_what_is_not_a_table_is_refused(tmp_path, name, file_name):
    content, message = NOT_TABLES[name]
    path = tmp_path / file_name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        read_file(path)
    assert file_name in str(error.value)


def test_a_folder_a_missing_file_and_a_pipe_are_refused(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        read_file(tmp_path)
    with pytest.raises(DataError, match="does not exist") as error:
        read_file(tmp_path / "missing.csv")
    assert str(tmp_path) in error.value.rule
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match="not an ordinary file"):
        read_file(tmp_path / "pipe.csv")


@pytest.mark.parametrize("path", ["\0", "a" * 5000])
def test_an_impossible_path_is_refused(path):
    with pytest.raises(DataError, match=r"cannot be read|does not exist"):
        read_file(path)


def test_a_file_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(content_module, "MAX_BYTES", 3 * content_module.MEBIBYTE)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(CLEAN + b"\r\n" * (2 * content_module.MEBIBYTE)))
    assert path.stat().st_size < content_module.MEBIBYTE
    with pytest.raises(DataError, match="holds more than 3 MiB"):
        read_file(path)


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(content_module, "MAX_WORKBOOK", 3 * content_module.MEBIBYTE)
    path = tmp_path / "bomb.xlsx"
    bomb = b" " * (4 * content_module.MEBIBYTE)
    path.write_bytes(zipped(xl__workbook_xml=b"<x/>", xl__bomb_xml=bomb))
    assert path.stat().st_size < content_module.MEBIBYTE
    with pytest.raises(DataError, match="unpacks to more than 3 MiB"):
        read_file(path)


def test_the_sha256_is_that_of_the_file_on_disk(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(PACKED)
    assert read_content(path).sha256 == hashlib.sha256(PACKED).hexdigest()


def test_a_name_with_markup_is_harmless_in_reports(tmp_path):
    path = tmp_path / "<img src=x onerror=alert(1)>.csv"
    path.write_bytes(CLEAN)
    source = read_file(path).source
    assert "<" not in source.file
    assert ">" not in source.file


def test_content_decides_not_the_name(tmp_path):
    path = tmp_path / "nationwide-encounters-fy20-fy23-state.xlsx"
    path.write_bytes(CLEAN)
    assert read_file(path).source.name == "southwest_monthly"


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(CLEAN)
    before = read_file(path).tables[0].frame["encounters"].sum()
    first = publisher.southwest_rows()[0][-1]
    assert first == "48"
    path.write_bytes(CLEAN.replace(b",48\r\n", b",49\r\n", 1))
    assert read_file(path).tables[0].frame["encounters"].sum() == before + 1
