"""The folder of a report: made apart, put in place when it is complete, never half replaced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock, Timeout

from analysis.errors import refusal
from analysis.report.record import Record, fail_record, write_record


@contextmanager
def workspace(target: Path) -> Iterator[Path]:
    """A temporary folder beside the reports, on the same disk, under the lock of this report.

    Raises
    ------
    RunError : another process renders the same report, or the folder cannot be written.
    """
    reports, name, folder = target.parent, target.name, None
    try:
        reports.mkdir(exist_ok=True, parents=True)
        with FileLock(reports / f".{name}.lock", timeout=0):
            _restore(target)
            for left in reports.glob(
                f".{name}~*"
            ):  # by a run that was killed: this one has the lock
                _remove(left)
            folder = Path(mkdtemp(prefix=f".{name}~", dir=reports))
            yield folder
    except Timeout:
        raise refusal("rendered already", name=name) from None
    except OSError as error:
        raise refusal("unwritable", folder=reports, why=error.strerror or error) from None
    finally:
        if folder is not None:
            _remove(folder)


def put_in_place(folder: Path, target: Path) -> None:
    """Put a complete report in the place of the earlier one."""
    folder.chmod(0o755)
    old = _old(target)
    _remove(old)
    if target.exists():
        target.rename(old)
    folder.rename(target)
    _remove(old)


def keep_failure(target: Path, record: Record, error: BaseException) -> None:
    """Record a failed run apart from the good ones; a full disk must not hide the first error."""
    folder = target.parent / ".failed" / target.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_record(folder, fail_record(record, error))
    except OSError:
        return


def _restore(target: Path) -> None:
    """Put the earlier report back, if a run was killed between the two steps of the swap."""
    if _old(target).exists() and not target.exists():
        _old(target).rename(target)


def _remove(folder: Path) -> None:
    """Remove a folder that may not be there, or be read-only."""
    with suppress(OSError):
        folder.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
