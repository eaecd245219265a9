from dataclasses import dataclass

from analysis.pages import robustness as page


@dataclass
class Ranked:
    p_value: float

    def sentence(self) -> str:
        return "Number 6 of 279."


def test_the_rank_is_the_sentence_and_p_the_short_form():
    said = page.placebo_headline(Ranked(p_value=0.0215))
    assert (said.sentence, said.short) == ("Number 6 of 279.", "p = 0.021")
    assert page.placebo_headline(Ranked(p_value=0.31)).short == "p = 0.31"
