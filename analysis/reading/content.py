"""What a file is, from its bytes: text, gzip, workbook, or something to refuse by name."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from analysis.reading.wording import refusal, word_lists

MEBIBYTE = 1 << 20
MAX_BYTES = 2048 * MEBIBYTE  # unpacked; the largest published file so far is about 10 MiB
HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file that can be read, and what its bytes say.

    sha256 : of the file as it is on disk.
    head : the first bytes, unpacked.
    ends_in_line : whether the last byte ends a line.
    """

    path: Path
    container: Literal["text", "workbook"]
    encoding: str
    sha256: str
    head: bytes
    ends_in_line: bool

    @property
    def name(self) -> str:
        """The file's name in harmless characters, for messages and reports."""
        return re.sub(r"[^\w.,;+=@~() -]", "_", self.path.name)[:100]

    @property
    def head_text(self) -> str:
        """The first lines as text."""
        return self.head.decode(self.encoding, "replace").lstrip("\N{BOM}")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes, unpacked."""
        with _opened(self.path) as stream:
            yield stream


def inspect(path: Path) -> Content:
    """Read through a file once, in pieces, and say what it is.

    Raises
    ------
    DataError : missing, a folder, empty, damaged, too large, or not a file of figures.
    """
    _refuse_no_file(path)
    head = _head(path)
    book = head.startswith(b"PK\x03\x04")
    marked = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = "" if book else "utf-16" if marked else "utf-8-sig"
    return Content(
        path=path,
        container="workbook" if book else "text",
        encoding=encoding,
        sha256=sha256_of(path),
        head=head,
        ends_in_line=book or _scan(path, allow_nul=encoding == "utf-16") in b"\r\n",
    )


def sha256_of(path: Path) -> str:
    """The sha256 of a file as it is on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _refuse_no_file(path: Path) -> None:
    if path.is_dir():
        raise refusal("folder", file=path.name)
    if not path.exists():
        raise refusal("missing file", file=path.name, path=str(path.absolute()))
    if not path.is_file():
        raise refusal("no ordinary file", file=path.name)


def _head(path: Path) -> bytes:
    """The first bytes, unless they are those of nothing or of another kind of file."""
    with _opened(path) as stream:
        head = stream.read(HEAD_BYTES)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.strip(b"\0"):
        raise refusal("empty", file=path.name)
    others = word_lists()["other files"]
    for first, kind in zip(others[::2], others[1::2], strict=True):
        if start.startswith(first.encode("latin-1")):
            raise refusal("other kind", file=path.name, kind=kind)
    return head


def _scan(path: Path, *, allow_nul: bool) -> bytes:
    """The last byte that is not NUL; refuses a file that is too large or, if text, holds NUL."""
    size, last = 0, b"\n"
    with _opened(path) as stream:
        while piece := stream.read(MEBIBYTE):
            size += len(piece)
            last = piece[-2:].strip(b"\0")[-1:] or last
            if size > MAX_BYTES:
                raise refusal("large file", file=path.name, most=MAX_BYTES // MEBIBYTE)
            if not allow_nul and b"\0" in piece:
                raise refusal("not text", file=path.name)
    return last


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked if it is gzip; damage is a DataError."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if packed else stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise refusal("gzip", file=path.name, error=str(error)) from None
    except OSError as error:
        raise refusal("unreadable", file=path.name, error=error.strerror or str(error)) from None
