"""Interrupted time-series analysis of encounters at the US southwest border.

>>> import analysis as its
>>> outcome = its.load_outcome(component="usbp", start="2021-10", end="2024-12")
>>> design = its.build_design(outcome, "asylum-restrictions", events=["title-42-end"])
>>> its.estimate_effects(its.fit(design))  # doctest: +SKIP

Names are imported when first used, so that the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isfunction
from typing import Any

from analysis.given import checked

_PUBLIC = {
    "border.sources.catalogue": ["embedded"],
    "border.sources.compare": ["cross_checks", "revisions"],
    "border.sources.describe": ["describe_data"],
    "border.sources.reading": ["read_data"],
    "outcome": ["Intervention", "Outcome", "make_outcome", "own_words", "ratio_outcome"],
    "reading.series": ["read_series"],
    "border.events": ["catalogue", "find_intervention"],
    "border.grid": ["default_grid", "read_grid"],
    "border.selection": ["load_outcome"],
    "border.audit": ["audit_data", "find_news", "seasonal_pattern", "split_outcome"],
    "errors": ["attempt"],
    "border.question": ["ask"],
    "outcome.written": ["split_names"],
    "design": ["Design", "build_design", "rebuild"],
    "design.two_groups": ["build_two_group_design"],
    "models": ["Distribution", "Fit", "fit", "model", "refit", "registered_models"],
    "effects.diagnose": ["Checks", "check_fit"],
    "effects.counterfactual": ["Counterfactual", "trace_counterfactual"],
    "effects.equivalence": ["rule_out"],
    "effects.estimands": ["Effects", "estimate_effects"],
    "robustness.placebo": ["run_placebos"],
    "robustness.history": ["count_false_alarms", "extreme_dates", "look_back", "untried_events"],
    "robustness.bend": ["bound_bends"],
    "robustness.unmeasured": ["map_unmeasured"],
    "robustness.curve.specification": [
        "by_series",
        "choice_shares",
        "invalid_choices",
        "run_specifications",
    ],
    "robustness.curve.inference": ["judge_curve"],
    "robustness.breaks": ["find_breaks"],
    "border.groups": [
        "fixed_mix_ratio",
        "gather_evidence",
        "group_cells",
        "mix_of",
        "sector_cells",
        "unmoved_outcomes",
    ],
    "robustness.counted": ["count_before_after", "index_groups"],
    "robustness.comparison": ["check_trends", "compare_groups", "estimate_cells"],
    "robustness.pooling": ["meta_regression", "pool"],
    "border.beside": ["became_of", "by_dose", "covariates", "load_figures", "measured"],
    "border.rivals": ["weigh_rivals"],
    "robustness.varied": [
        "Covariate",
        "vary_confounders",
        "vary_phase_in",
        "vary_windows",
    ],
    "robustness.units": ["dose_response", "pool_cells", "regress_cells"],
    "robustness.weighted": ["weigh_comparison"],
    "robustness.power": ["simulate_power"],
    "border.weeks": ["first_weeks", "holiday_weeks", "weekly_design"],
    "border.claims.ledger": ["load_claims"],
    "border.claims.verdict": ["check_claims"],
    "pages.checklist": ["Run", "fill_checklist"],
    "effects.lineup": ["Comparison", "LineUp", "compare", "line_up"],
    "validation.published": ["published_design", "reproduce_published"],
    "validation.rejections": ["load_rejections"],
    "report.plan": ["check_plan"],
    "explore.panel": ["explore_effect"],
    "validation.coverage": ["check_cells", "load_coverage"],
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        found = getattr(import_module(f"analysis.{_HOME[name]}"), name)
        globals()[name] = checked(found) if isfunction(found) else found
        return globals()[name]
    raise AttributeError(f"module 'analysis' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(_HOME)
