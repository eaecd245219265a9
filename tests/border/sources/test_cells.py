"""Each cell once: what a mutator doubles, adds up or loses is refused by name, or said.

The mutator knows the truth of every file that it makes: "right" is the very table of the whole
file, "refused" a message of this package, "said" a note that names the month.
"""

from __future__ import annotations

import calendar
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import publisher
import pytest
from click.testing import CliRunner
from publisher import AREA_HEADER, SOUTHWEST_HEADER, STATE_HEADER, USBP, Row

from analysis import load_outcome
from analysis.border.commands import data
from analysis.border.sources.reading import GivenFile, read_file
from analysis.errors import DataError
from analysis.report.before import refuse_doubtful

FIRST, LAST = "2022-10", "2024-03"
# Counts of which no cell has few, so that none is lost by chance.
FILES = {
    name: (header, [[*row[:-1], f"{int(row[-1]) + 600}"] for row in rows])
    for name, header, rows in (
        ("southwest", SOUTHWEST_HEADER, publisher.southwest_rows(FIRST, LAST)),
        ("state", STATE_HEADER, publisher.state_rows(FIRST, LAST)),
        ("area", AREA_HEADER, publisher.area_rows(FIRST, LAST)),
    )
}
# Another word for the same thing.
SYNONYMS = {
    "UAC": "Unaccompanied Children", "UC / Single Minors": "UC", "FMUA": "Family Unit",
    "Single Adults": "single adult", USBP: "Border Patrol",
    "Southwest Land Border": "Southwest Border",
}  # fmt: skip
SYNONYMS |= {name.upper(): calendar.month_name[i] for i, name in enumerate(calendar.month_abbr)}
TOTALS = [
    "Sub-Total",
    "All Countries",
    "World",
    "Overall",
    "GRAND TOTAL",
    "Sum",
    "Everybody",
    "ZZZ",
]


@cache
def whole(what: str) -> pd.DataFrame:
    """The very table of the whole file."""
    with tempfile.TemporaryDirectory() as folder:
        path = publisher.write(Path(folder, "whole.csv"), *FILES[what])
        return read_file(path).tables[0].frame


def outcome_of(path: Path, rows: list[Row], what: str, month: str) -> str:
    """What becomes of a file: right, refused, said, or wrong without a word."""
    header, truth = FILES[what][0], whole(what)
    try:
        reading = read_file(publisher.write(path / "changed.csv", header, rows))
    except DataError as error:
        return "refused" if "changed.csv" in error.problem else "nameless"
    if reading.tables[0].frame.equals(truth):
        return "right"
    return "said" if any(month in note for note in reading.notes) else "silent"


def month_of(row: Row) -> str:
    """The calendar month of a row, as notes write it."""
    number = list(calendar.month_abbr).index(row[2].title())
    return f"{int(row[0][:4]) - (number >= 10)}-{number:02d}"


def respelled(row: Row, chance: random.Random) -> Row:
    """The same row with other spellings of some of its labels."""
    found = list(row)
    for place in chance.sample(range(2, len(row) - 1), 3):
        label = found[place]
        found[place] = chance.choice([label.lower(), f"{label} ", f" {label}", label.title()])
        if label in SYNONYMS and chance.random() < 0.5:
            found[place] = SYNONYMS[label]
    return found


def month_twice(rows: list[Row], month: str, chance: random.Random) -> list[Row]:
    """All rows of a month once more, in other spellings, in any order."""
    again = [respelled(row, chance) for row in rows if month_of(row) == month]
    both = [*rows, *again]
    chance.shuffle(both)
    return both


@pytest.mark.parametrize("what", FILES)
def test_a_month_that_stands_twice_in_other_spellings_is_refused(what, tmp_path):
    chance = random.Random(1)
    for month in publisher.months(FIRST, LAST)[::9]:
        rows = month_twice(FILES[what][1], str(month), chance)
        assert outcome_of(tmp_path, rows, what, str(month)) == "refused"


def test_the_message_says_which_labels_are_the_same(tmp_path):
    header, rows = FILES["southwest"]
    row = [*rows[0][:2], "October", *rows[0][3:]]
    path = publisher.write(tmp_path / "twice.csv", header, [*rows, row])
    with pytest.raises(DataError, match=r"'OCT' and 'October' are the same\. 1 rows repeat"):
        read_file(path)


@pytest.mark.parametrize("what", FILES)
def test_other_spellings_alone_change_nothing(what, tmp_path):
    chance = random.Random(2)
    rows = [respelled(row, chance) for row in FILES[what][1]]
    assert outcome_of(tmp_path, rows, what, "-") == "right"


def with_totals(rows: list[Row], place: int, name: str, months: set[str]) -> list[Row]:
    """The rows, and for each other combination of labels the total over one column."""
    sums: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if month_of(row) in months:
            sums[(*row[:place], name, *row[place + 1 : -1])] += int(row[-1])
    return [*rows, *([*labels, f"{count}"] for labels, count in sums.items())]


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize(("what", "months"), [("state", "every month"), ("area", "one month")])
def test_rows_of_totals_are_refused_whatever_they_are_called(what, months, name, tmp_path):
    header, rows = FILES[what]
    chosen = {month_of(row) for row in rows} if months == "every month" else {"2023-05"}
    changed = with_totals(rows, header.index("Citizenship"), name, chosen)
    assert outcome_of(tmp_path, changed, what, "-") == "refused"


@pytest.mark.parametrize(
    ("what", "column"), [("state", "State"), ("area", "Area of Responsibility")]
)
def test_a_state_or_sector_that_is_the_sum_of_the_others_is_refused(what, column, tmp_path):
    header, rows = FILES[what]
    place, known = header.index(column), ("TX", "Tucson Field Office")
    third = [[*row[:place], "El Alto", *row[place + 1 :]] for row in rows if row[place] in known]
    changed = with_totals([*rows, *third], place, "Everywhere", {"2023-05", "2023-06"})
    assert outcome_of(tmp_path, changed, what, "-") == "refused"


def lost(what: str, month: str, chance: random.Random, how: str) -> list[Row]:
    """The rows without some of one month's."""
    header, rows = FILES[what]
    here = [row for row in rows if month_of(row) == month]
    label = chance.choice(here)
    match how:
        case "half of the rows":
            gone = chance.sample(here, len(here) // 2)
        case "five rows":
            gone = chance.sample(here, 5)
        case "the largest row":
            gone = [max(here, key=lambda row: int(row[-1]))]
        case _:
            (place,) = [at for at, name in enumerate(header) if name.startswith(how)]
            gone = [row for row in here if row[place] == label[place]]
    return [row for row in rows if row not in gone]


LOST = ["half of the rows", "five rows", "the largest row", "Citizenship", "Demographic"]


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("how", LOST)
def test_rows_that_a_month_lost_are_said_or_refused(what, how, tmp_path):
    chance = random.Random(f"{what} {how}")
    month = chance.choice(publisher.months(FIRST, LAST))  # many mutants, some in each, are slow
    rows = lost(what, str(month), chance, how)
    assert outcome_of(tmp_path, rows, what, str(month)) in ("refused", "said"), month


@pytest.mark.parametrize(
    ("what", "place", "label"),
    [("southwest", 3, USBP), ("southwest", 4, "FMUA"), ("southwest", 5, "Mexico"),
     ("state", 3, "Northern Land Border"), ("area", 3, USBP)],
)  # fmt: skip
def test_a_label_that_no_month_has_is_said(what, place, label, tmp_path):
    header, rows = FILES[what]
    kept = [row for row in rows if row[place] != label]
    path = publisher.write(tmp_path / "a.csv", header, kept)
    (said,) = read_file(path).doubts
    assert said.startswith("No row is for ")
    assert read_file(publisher.write(tmp_path / "b.csv", header, rows)).doubts == ()


def test_months_that_the_name_of_a_file_says_and_the_file_lacks_are_said(tmp_path):
    header, rows = FILES["southwest"]  # October 2022 to March 2024
    for name, says in (
        ("sbo-fy23-fy24-mar.csv", ()),
        ("sbo-fy23-fy24-sep.csv", ("2022-10 to 2024-09, and it has 2022-10 to 2024-03",)),
        ("sbo-fy22-fy24-mar.csv", ("2021-10 to 2024-03, and it has 2022-10 to 2024-03",)),
        ("sbo-fy00-fy24-mar.csv", ("1999-10 to 2024-03, and it has 2022-10 to 2024-03",)),
    ):
        doubts = read_file(publisher.write(tmp_path / name, header, rows)).doubts
        assert len(doubts) == len(says)
        assert all(part in doubt for part, doubt in zip(says, doubts, strict=True))


def test_a_strict_check_fails_where_anything_may_be_missing(tmp_path):
    def check(*given: object) -> int:
        return CliRunner().invoke(data, ["check", *map(str, given)]).exit_code

    header, rows = FILES["southwest"]
    whole = publisher.write(tmp_path / "whole.csv", header, rows)
    part = publisher.write(tmp_path / "part.csv", header, [r for r in rows if r[4] != "FMUA"])
    assert check("--strict", whole) == check(part) == 0
    with pytest.raises(
        DataError, match=r"'part\.csv' may lack rows or have wrong figures\. No row is for"
    ):
        data.main(["check", "--strict", str(part)], standalone_mode=False)
    assert any(note.startswith("No row is for") for note in load_outcome(data=part).notes)


def test_a_strict_run_refuses_only_what_its_own_months_may_lack(tmp_path):
    rows = lost("southwest", "2023-08", random.Random(4), "half of the rows")
    path = publisher.write(tmp_path / "a.csv", FILES["southwest"][0], rows)
    run = {"data": str(path), "start": "2022-10", "end": "2024-03", "intervention": "2023-05-12"}
    with pytest.raises(
        DataError, match=r"'a\.csv' may lack rows or have wrong figures\. In 2023-08 rows may"
    ):
        refuse_doubtful(run)
    refuse_doubtful({**run, "end": "2023-07"})
    refuse_doubtful({**run, "data": ""})


def small_state(count: int) -> list[Row]:
    """The file by state, with a state that has one row a month, of few encounters, but no row in
    May 2023."""
    rows = FILES["state"][1]
    model = [row for row in rows if row[4] == "FL" and row[5] == "FMUA" and row[6] == "MEXICO"]
    few = [[*row[:4], "AK", *row[5:-1], str(count)] for row in model if month_of(row) != "2023-05"]
    assert len(few) == 17
    return [*rows, *few]


def test_a_small_state_that_a_month_lacks_is_named(tmp_path):
    def read(count: int) -> GivenFile:
        path = publisher.write(tmp_path / "a.csv", FILES["state"][0], small_state(count))
        return read_file(path)

    said = "In 2023-05 rows may be missing: it has none for AK (about 21 in those months)."
    assert read(21).doubts == (said,)
    assert read(20).doubts == ()
    assert any(
        note.endswith("the months around have one: AK in 2023-05.") for note in read(20).notes
    )


def times(rows: list[Row], factor: float, of: Callable[[Row], bool]) -> list[Row]:
    """The rows, some of them with other counts."""
    return [[*row[:-1], f"{int(factor * int(row[-1]))}"] if of(row) else row for row in rows]


def in_may(row: Row) -> bool:
    return month_of(row) == "2023-05"


@pytest.mark.parametrize(
    ("what", "factor", "of", "said"),
    [
        ("southwest", 10, in_may, "In 2023-05 figures may be wrong: it has "),
        ("southwest", 0.1, in_may, "In 2023-05 figures may be wrong: it has "),
        ("southwest", 10, lambda row: row[2:6] == ["MAR", USBP, "UAC", "Mexico"],
         "In 2024-03 figures may be wrong: it has "),
        ("state", 10, lambda row: in_may(row) and row[6] == "MEXICO",
         "In 2023-05 figures may be wrong: it has "),
        ("state", 40, lambda row: in_may(row) and row[4:7] == ["TX", "FMUA", "MEXICO"],
         "Far from the months around: "),
        ("southwest", 10, lambda row: True, "Every figure is a multiple of 10"),
        ("state", 10, lambda row: row[4] == "TX", "Every figure for TX is a multiple of 10"),
        ("area", 2, in_may, "Every figure in 2023-05 is a multiple of 2"),
        ("southwest", 0, lambda row: row[4] == "FMUA", "No row is for demographic family_unit"),
        ("southwest", 0, lambda row: in_may(row) and row[3:5] == [USBP, "UAC"],
         "In 2023-05 rows may be missing: it has none for U.S. Border Patrol, UAC"),
    ],
)  # fmt: skip
def test_figures_that_are_out_of_line_are_said(what, factor, of, said, tmp_path):
    header, rows = FILES[what]
    notes = read_file(publisher.write(tmp_path / "a.csv", header, times(rows, factor, of))).notes
    assert sum(note.startswith(said) for note in notes) == 1
    assert not any(note.startswith(said) for note in read_file(whole_file(what, tmp_path)).notes)


def whole_file(what: str, folder: Path) -> Path:
    return publisher.write(folder / "whole.csv", *FILES[what])


def test_a_month_that_is_a_copy_of_another_is_said(tmp_path):
    header, rows = FILES["southwest"]
    april = [[*row[:2], "MAY", *row[3:]] for row in rows if month_of(row) == "2023-04"]
    kept = [row for row in rows if not in_may(row)]
    doubts = read_file(publisher.write(tmp_path / "a.csv", header, [*kept, *april])).doubts
    assert "The figures in 2023-05 are those in 2023-04: one may be a copy." in doubts


def test_a_label_of_which_the_fiscal_years_are_off_is_refused(tmp_path):
    header, rows = FILES["southwest"]
    moved = [[f"{int(row[0][:4]) + (row[5] == 'Mexico')}", *row[1:]] for row in rows]
    with pytest.raises(DataError, match=r"no row above 0 for citizenship mexico in 2022-10"):
        read_file(publisher.write(tmp_path / "a.csv", header, moved))


def test_a_known_label_that_holds_the_total_is_refused(tmp_path):
    rows = FILES["southwest"][1]
    kept = [row for row in rows if row[5] != "Other"]
    changed = with_totals(kept, 5, "Other", {month_of(row) for row in rows})
    assert outcome_of(tmp_path, changed, "southwest", "-") == "refused"


@pytest.mark.parametrize("name", ["ZZZ", "Everybody"])
def test_a_total_in_a_part_of_the_table_and_one_over_two_lists_are_refused(name, tmp_path):
    header, rows = FILES["state"]
    place, state = header.index("Citizenship"), header.index("State")
    texas = [row for row in rows if row[state] == "TX" and row[5] == "FMUA"]
    part = with_totals(texas, place, name, {"2023-05"})[len(texas) :]
    assert outcome_of(tmp_path, [*rows, *part], "state", "-") == "refused"
    grand: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        grand[(*row[:state], name, row[5], name, row[7])] += int(row[-1])
    both = [*rows, *([*labels, f"{count}"] for labels, count in grand.items())]
    assert outcome_of(tmp_path, both, "state", "-") == "refused"


def test_what_ends_for_good_is_not_missed(tmp_path):
    header, rows = FILES["southwest"]  # Title 42 ends in May 2023
    notes = read_file(publisher.write(tmp_path / "a.csv", header, rows)).notes
    assert not any("rows may be missing" in note for note in notes)


def test_the_series_takes_the_doubt_about_its_months_along(tmp_path):
    rows = lost("southwest", "2023-08", random.Random(4), "half of the rows")
    path = publisher.write(tmp_path / "a.csv", FILES["southwest"][0], rows)
    said = "In 2023-08 rows may be missing: it has "
    assert any(note.startswith(said) for note in load_outcome(data=path).notes)
    assert not any(note.startswith(said) for note in load_outcome(data=path, end="2023-07").notes)


def test_a_country_under_two_names_is_added_up(tmp_path):
    header, rows = FILES["state"]
    more = [[*row[:6], "CHINA", *row[7:]] for row in rows if row[6] == "CHINA, PEOPLES REPUBLIC OF"]
    (table,) = read_file(publisher.write(tmp_path / "a.csv", header, [*rows, *more])).tables
    frame = table.frame
    china = frame[frame["citizenship"] == "china"]["encounters"].sum()
    assert china == 2 * sum(int(row[-1]) for row in more)


@pytest.mark.slow
@pytest.mark.parametrize("what", FILES)
def test_of_many_mutants_none_is_wrong_without_a_word(what, tmp_path):
    chance, became = random.Random(5), Counter[str]()
    header, rows = FILES[what]
    for _ in range(500):
        month = str(chance.choice(publisher.months(FIRST, LAST)))
        match chance.randrange(5):
            case 4:
                label = chance.choice(rows)[5]
                changed = times(
                    rows,
                    chance.choice([10, 0.05, 0]),
                    lambda row, hit=(month, label): (month_of(row), row[5]) == hit,
                )
            case 0:
                changed = month_twice(rows, month, chance)
            case 1:
                changed = [respelled(row, chance) for row in rows]
            case 2 if what != "southwest":
                place = header.index("Citizenship")
                changed = with_totals(rows, place, chance.choice(TOTALS), {month})
            case _:
                changed = lost(what, month, chance, chance.choice(LOST))
        became[outcome_of(tmp_path, changed, what, month)] += 1
    print(what, dict(became))
    assert set(became) <= {"right", "refused", "said"}
    assert min(became[how] for how in ("right", "refused", "said")) > 10
