"""A bar while something takes long. It leaves nothing behind, and appears where somebody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from threading import current_thread, main_thread
from typing import Any, TypeVar

from tqdm import tqdm

# Seconds after which a bar appears: what takes less needs none.
DELAY = 3
WIDTH = 79
Item = TypeVar("Item")


def watch(items: Iterable[Item], what: str, *, total: int | None = None) -> tqdm[Item]:
    """The items with a bar; where several are done at once, `update` moves it instead.

    In a terminal it stands on the standard error, in a notebook in an output of its cell. Where
    nobody looks (papermill, nbconvert, a file, another thread) there is none.

    what : what the items are.   total : how many, where `items` does not say.
    """
    how: dict[str, Any] = {"disable": None}  # nothing but a terminal
    if kernel := getattr(_shell(), "kernel", None):
        # A front end with a reader can answer questions; those that only execute cannot.
        seen = getattr(kernel, "_allow_stdin", False) and current_thread() is main_thread()
        how = {"disable": not seen, "file": _InCell(), "ncols": WIDTH}
    bar = tqdm(items, desc=what, total=total, delay=DELAY, leave=False, **how)
    return bar


def _shell() -> Any:
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


class _InCell:
    """Where a bar is written in a notebook: an output that is replaced, and empty at the end."""

    def __init__(self) -> None:
        self.place: Any = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = text.strip("\r\n \x1b[A")
        if self.place is not None:
            self.place.update({"text/plain": line} if line else {}, raw=True)
        elif line:
            self.place = display({"text/plain": line}, raw=True, display_id=True)

    def flush(self) -> None:
        """Each line is shown at once."""
