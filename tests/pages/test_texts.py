"""The templates of the pages: every name in them is known, and every part of them is used."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import nbformat
import pytest
from jinja2 import nodes

from analysis.pages.said import templates

TEXTS = sorted((Path(__file__).parents[2] / "analysis" / "pages" / "texts").glob("*.j2"))
MACRO = re.compile(r"{% macro ([a-z]\w*)\(")


def unknown(text: str) -> set[str]:
    """Names that a template neither makes anywhere nor is given; an unknown filter is an error."""
    made = templates()
    made.from_string(text)
    tree = made.parse(text)
    names = list(tree.find_all(nodes.Name))
    own = {name.name for name in names if name.ctx != "load"} | {"caller", "loop"}
    own |= {macro.name for macro in tree.find_all(nodes.Macro)}
    own |= {name for one in tree.find_all(nodes.FromImport) for name in one.names}
    own |= {one.target for one in tree.find_all(nodes.Import)}
    return {name.name for name in names if name.ctx == "load"} - own - {*made.globals}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_name_in_a_text_is_known(path):
    assert unknown(path.read_text("utf-8")) == set()


def test_a_name_that_is_misspelt_is_seen():
    assert unknown("{% macro f(found) %}{{ excludes_zero(fuond) }}{% endmacro %}") == {"fuond"}
    with pytest.raises(jinja2.TemplateAssertionError, match="estimatd"):
        unknown("{{ 1 | estimatd }}")


def calls(root: Path) -> str:
    """All that may call a part: notebooks, code and the templates themselves."""
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    cells = [cell.source for path in notebooks for cell in nbformat.read(path, 4).cells]
    code = [path.read_text("utf-8") for path in sorted((root / "analysis").rglob("*.py"))]
    return "\n".join([*cells, *code, *(path.read_text("utf-8") for path in TEXTS)])


def uncalled(parts: list[str], text: str) -> set[str]:
    """Parts that a text only defines."""
    called = re.compile(r"(?<!macro )\b(\w+)\(|\.(\w+)\b")
    return set(parts) - {name for pair in called.findall(text) for name in pair}


def test_every_part_is_called(root):
    text = calls(root)
    questions = {path.stem: MACRO.findall(path.read_text("utf-8")) for path in TEXTS}
    facts = set(questions.pop("checklist"))
    written = (root / "analysis" / "pages" / "checklist.yml").read_text("utf-8")
    assert facts - {"table"} == set(re.findall(r"fact: (\w+)", written))
    parts = [part for found in questions.values() for part in found]
    assert len(parts) > 50
    assert [
        part for part in parts if not re.search(rf"(?<!macro )\b{part}\(|\.{part}\b", text)
    ] == []
