"""Designs, made up: what the surfaces are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A design (n x p) and contrasts on it (k x p)."""

    X: np.ndarray
    C: np.ndarray


def draw_layouts(
    lengths: Sequence[int], drawn: Sequence[tuple[int, int, int]], seed: int
) -> list[Setting]:
    """Halves of these lengths, and (shortest, longest, how many) designs as they come."""
    rng = np.random.default_rng(seed)
    others = [any_layout(rng, *ends) for *ends, count in drawn for _ in range(count)]
    return [*(halves(n) for n in lengths), *others]


def halves(n: int) -> Setting:
    """Level and slope from the middle of n periods."""
    return _layout(n, n // 2, first=1.0, ramp=0, slope=True, others=[])


def any_layout(rng: np.random.Generator, shortest: int, longest: int) -> Setting:
    """A design as they come: unequal parts, a partial first period or a ramp, season, events."""
    while True:
        n = int(np.exp(rng.uniform(np.log(shortest), np.log(longest))))
        post = max(3, round(n * rng.choice([0.5, rng.uniform(0.1, 0.65)])))
        if n - post < 6:
            continue
        ramp = 5 if post > 10 and rng.random() < 0.15 else 0
        first = rng.uniform(0.3, 1) if rng.random() < 0.3 else 1.0
        others = [*_season(n, rng), *_events(n, n - post, rng)]
        slope = bool(rng.random() < 0.85)
        found = _layout(n, n - post, first=first, ramp=ramp, slope=slope, others=others)
        spare = n - found.X.shape[1]
        if spare >= 6 and np.linalg.cond(found.X / np.linalg.norm(found.X, axis=0)) < 100:
            return found


def _layout(
    n: int, start: int, *, first: float, ramp: int, slope: bool, others: list[np.ndarray]
) -> Setting:
    t = np.arange(n)
    level = np.clip((t - start + 1) / max(ramp, 1), 0, 1)
    level[start] *= first
    rise = np.maximum(0.0, t - start - max(ramp - 1, 0))
    columns = [np.ones(n), t, level, *([rise] if slope else []), *others]
    gaps, rows = np.column_stack([level, rise])[start:], np.ones((1, 1))
    if slope:
        rows = np.array([[1, 0], [0, 1], gaps.mean(axis=0), gaps[-1]])
    C = np.zeros((len(rows), len(columns)))
    C[:, 2 : 2 + rows.shape[1]] = rows
    return Setting(X=np.column_stack(columns).astype(float), C=C)


def _season(n: int, rng: np.random.Generator) -> list[np.ndarray]:
    t, pairs = np.arange(n), 0
    if n >= 24:
        pairs = rng.choice([0, 0, 1, 2, 6] if n >= 48 else [0, 0, 1])
    if pairs == 6:
        return [(t % 12 == month).astype(float) for month in range(1, 12)]
    angles = [2 * np.pi * k * t / 12 for k in range(1, pairs + 1)]
    return [wave(angle) for angle in angles for wave in (np.sin, np.cos)]


def _events(n: int, start: int, rng: np.random.Generator) -> list[np.ndarray]:
    dates = rng.integers(3, n - 3, size=rng.choice([0, 0, 1, 2]))
    return [(np.arange(n) >= date).astype(float) for date in dates if abs(date - start) >= 3]
