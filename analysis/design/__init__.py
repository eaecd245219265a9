"""From a series and a dated intervention to named columns."""

from analysis.design.build import build_design, rebuild
from analysis.design.named import Design
from analysis.design.two_groups import build_two_group_design
