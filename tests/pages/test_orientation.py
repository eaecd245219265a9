"""What a reader is told first: short, about known events, with plain links."""

from __future__ import annotations

import re

import pytest

import analysis as its
from analysis.border import facts
from analysis.pages.facts import orientation

WRITTEN = facts("orientation.yml")


@pytest.mark.parametrize("name", WRITTEN)
def test_it_is_short_and_links_in_the_clear(name):
    text = orientation(its.find_intervention(name)).data
    links = re.findall(r"\]\((.*?)\)", text)
    assert len(links) >= 5
    assert all(re.fullmatch(r"https://[a-z.]+\.gov/[A-Za-z0-9/-]+", link) for link in links)
    plain = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", text)
    assert len(plain.split()) <= 85
    assert "[" not in plain


def test_what_is_not_described_has_no_words():
    assert orientation(its.find_intervention("title-42-end")).data == ""


def test_citations_are_those_of_the_events():
    cited = set(re.findall(r"citation/(\d+)-FR-(\d+)", WRITTEN["asylum-restrictions"]))
    sources = " ".join(f"{event.source} {event.description}" for event in its.catalogue().values())
    assert {("89", "48487"), ("89", "48710"), ("88", "1279")} <= cited
    known = set(re.findall(r"(\d+) FR (\d+)", sources))
    assert cited - known <= {("89", "80351")}
