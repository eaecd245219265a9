"""The pages: `from analysis.pages import effect` gives the parts of texts/effect.j2."""

from importlib.resources import files
from typing import Any


def __getattr__(name: str) -> Any:
    """The page of a template, read when it is first asked for."""
    if not files("analysis.pages").joinpath("texts", f"{name}.j2").is_file():
        raise AttributeError(f"There is no page '{name}'.")
    from analysis.pages.said import Page

    globals()[name] = Page(name)
    return globals()[name]
