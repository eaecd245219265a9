"""The same quantity is the same on every page, in every table and in every effects.csv.

Slow only so that it runs where the committed reports are those of the code.
"""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from analysis import show
from analysis.border.groups import MAIN, MIXED, RATIO

pytestmark = pytest.mark.slow
REPORTS = Path(__file__).parent.parent / "reports"
# What the reports call the same estimate: report, and the columns that single its row out.
SAME = {
    "the average effect": [
        ("effect", {"fit": "main", "estimand": "average"}),
        ("effect", {"fit": "wandering_trend_calibrated", "estimand": "average"}),
        ("effect", {"fit": "With the other events", "estimand": "average"}),
        ("summary", {"fit": MAIN}),
        ("methods", {"fit": "wandering_trend_calibrated", "estimand": "average", "unit": "%"}),
        ("robustness", {"fit": "placebo dates", "real": "True"}),
    ],
    "the ratio to the exempt group": [
        ("comparison-groups", {"fit": "main", "estimand": "average"}),
        ("comparison-groups", {"fit": "ratio"}),
        ("comparison-groups", {"fit": "Mix as it was", "estimand": "average"}),
        ("summary", {"fit": RATIO}),
    ],
    "the ratio with a fixed mix": [
        ("comparison-groups", {"fit": "Mix held as among families and adults",
                               "estimand": "average"}),
        ("summary", {"fit": MIXED}),
    ],
    **{
        name: [("comparison-groups", {"fit": name}), ("summary", {"fit": name})]
        for name in (
            "At ports of entry, southwest",
            "Border Patrol, northern border",
            "Border Patrol, coastal border",
        )
    },
}  # fmt: skip
ROWS = [place for places in SAME.values() for place in places]


def row(report: str, keys: dict[str, str]) -> pd.Series:
    """The first row with these values and an interval."""
    table = pd.read_csv(REPORTS / report / "effects.csv", dtype=str)
    for column, value in keys.items():
        table = table[table[column] == value]
    numbers = table[["estimate", "lower", "upper"]].astype(float)
    return numbers.dropna().iloc[0]


def text(report: str) -> str:
    page = (REPORTS / report / "index.html").read_text()
    page = re.sub(r"data:image[^\"']*|<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def record(report: str) -> dict:
    return json.loads((REPORTS / report / "run.json").read_text())


NUMBER = r"[+\u2212]?[\d,]*\.?\d+"
PER_CENT = re.compile(rf"({NUMBER})%")
ENDS = re.compile(rf"({NUMBER})% to ({NUMBER})%")
PAGES = sorted(str(path.parent.relative_to(REPORTS)) for path in REPORTS.rglob("effects.csv"))


def value(printed: str) -> float:
    return float(printed.replace("\u2212", "-").replace(",", ""))


def rounding(printed: str) -> float:
    """By how much a printed number may miss what it stands for."""
    return 0.5000001 * 10.0 ** -len(printed.partition(".")[2])


def printed_rows(report: str) -> list[tuple[tuple[str, ...], list[str]]]:
    """Rows of the page's tables with an estimate and an interval in per cent: words, numbers."""
    found = []
    page = (REPORTS / report / "index.html").read_text()
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        if "nterval" not in table.partition("</thead>")[0]:
            continue
        caption = unescape(re.sub(r"<[^>]+>", "", table.partition("</caption>")[0]))
        for line in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL):
            cells = [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)]
            for i in range(1, len(cells) - 1):
                one, ends = PER_CENT.fullmatch(cells[i]), ENDS.fullmatch(cells[i + 1])
                if one and ends:
                    whose = (caption,) if caption.startswith("Effects on") else ()
                    found.append(((*whose, *cells[:i]), [one[1], *ends.groups()]))
    return found


def near(one: list[str], other: list[float], slack: list[float]) -> bool:
    return all(
        abs(value(a) - b) <= rounding(a) + more
        for a, b, more in zip(one, other, slack, strict=True)
    )


# Pages of units, each of units of its own.
UNITS = ("sectors", "demographic-groups")


def test_a_number_that_is_another_is_seen():
    printed, slack = ["\u221257.5", "\u221277", "+1,022.2"], [0, 0, 0]
    assert near(printed, [-57.46, -76.6, 1022.24], slack)
    assert not near(printed, [-57.44, -76.6, 1022.24], slack)
    assert not near(printed, [-57.46, -76.6, 1022.3], slack)


@pytest.mark.parametrize("report", PAGES)
def test_every_estimate_in_a_table_is_a_row_of_the_file_beside_the_page(report):
    rows = printed_rows(report)
    if not rows:
        return
    table = pd.read_csv(REPORTS / report / "effects.csv", dtype=str)
    held = table[["estimate", "lower", "upper"]].apply(pd.to_numeric, errors="coerce").dropna()
    for words, numbers in rows:
        assert any(near(numbers, list(each), [0, 0, 0]) for each in held.to_numpy()), words


def test_rows_of_the_same_words_have_the_same_numbers_on_every_page():
    seen: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for report in PAGES:
        for words, numbers in printed_rows(report):
            # Of one question; each page of units has a mean of its own.
            about = report if report in UNITS else report.rpartition("/")[0]
            words = (about, *words)
            where, first = seen.setdefault(words, (report, numbers))
            slack = [rounding(each) for each in first]
            assert near(numbers, list(map(value, first)), slack), (words, where, report)
    assert len(seen) > 50


@pytest.mark.parametrize("quantity", SAME)
def test_tables_of_all_reports_give_the_same(quantity):
    for (one, keys), (other, names) in pairwise(SAME[quantity]):
        pd.testing.assert_series_equal(
            row(one, keys), row(other, names), rtol=1e-6, check_names=False
        )


@pytest.mark.parametrize(("report", "keys"), ROWS)
def test_pages_print_what_their_tables_hold(report, keys):
    found, page = row(report, keys), text(report)
    exact = show.amount(found["estimate"], "%")
    assert exact in page or show.amount(found["estimate"], "%", 0) in page


def test_the_headline_has_the_total_and_its_own_per_cent():
    page = text("effect")
    total, share = (
        row("effect", {"fit": "main", "estimand": e}) for e in ("cumulative", "relative")
    )
    count = show.estimate(total["estimate"])
    assert f"{count} fewer" in page
    assert f"{show.number(abs(share['estimate']))}% of what was expected" in page
    assert f"{count} fewer" in text("summary")


@pytest.mark.parametrize("report", ["effect", "summary"])
def test_the_answer_is_one_sentence_on_every_page(report):
    assert record(report)["headline"] == record("effect")["headline"]
    assert record(report)["headline"] in text(report)
    assert record(report)["headline"] in unescape((REPORTS / "index.html").read_text())


def test_rows_of_the_path_add_up_to_the_total_that_is_printed():
    page = (REPORTS / "effect" / "index.html").read_text()
    table = page.partition("What was seen and what was expected")[2].partition("</table>")[0]
    shown = [
        float(cell.replace("\u2212", "-").replace(",", ""))
        for cell in re.findall(r"<td>([^<]*)</td></tr>", table)
    ]
    assert sum(shown[:-1]) == pytest.approx(shown[-1])
    total = row("effect", {"fit": "main", "estimand": "cumulative"})["estimate"]
    assert -shown[-1] == pytest.approx(total, rel=5e-4)


def test_the_list_of_reports_has_the_numbers_of_their_pages():
    index = (REPORTS / "index.html").read_text()
    for report in ("effect", "comparison-groups"):
        found = row(report, {"fit": "main", "estimand": "average"})
        assert show.amount(found["estimate"], "%") in index
