"""From a series and a dated intervention to named columns."""

from analysis.design.build import Design, build_design, rebuild, refuse_unidentified
from analysis.design.two_groups import build_two_group_design

__all__ = ["Design", "build_design", "build_two_group_design", "rebuild", "refuse_unidentified"]
