"""Where a benchmark was measured: the machine, the versions, the revision."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "matplotlib",
    "papermill",
    "nbclient",
    "click",
    "causalpy",
    "pymc",
    "pytest-benchmark",
)


def facts() -> dict[str, Any]:
    """What is kept beside the figures."""
    from cpuinfo import get_cpu_info

    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "revision": revision(),
        "processor": get_cpu_info().get("brand_raw", platform.machine()),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "memory": memory(),
        "os": system(),
        "python": platform.python_version(),
        "libraries": libraries(),
    }


def libraries() -> dict[str, str]:
    """The versions of those that matter here."""
    installed = {d.metadata["Name"].lower(): d.version for d in distributions()}
    return {name: installed[name] for name in LIBRARIES if name in installed}


def memory() -> int:
    """Bytes of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def system() -> str:
    """The operating system and its release."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def revision() -> str:
    """The commit, and whether anything was changed since."""
    commit, changed = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "-uno")
    return (commit or "unknown") + (" with changes" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    return done.stdout.strip()
