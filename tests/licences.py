"""What is installed, one line a distribution: name, version, licence. Run by `make licences`."""

from __future__ import annotations

from importlib.metadata import Distribution, distributions

UNKNOWN = "not stated"


def licence(found: Distribution) -> str:
    """As the distribution states it: an expression, a classifier, or the first line of a text."""
    facts = found.metadata
    classed = [c for c in facts.get_all("Classifier") or [] if c.startswith("License ::")]
    stated = [facts.get("License-Expression"), *[c.split(" :: ")[-1] for c in classed]]
    text = (facts.get("License") or UNKNOWN).strip().splitlines() or [UNKNOWN]
    return next(filter(None, stated), text[0])


def main() -> None:
    found = {f"{d.metadata['Name']} {d.version}": licence(d) for d in distributions()}
    print("\n".join(f"{name}: {found[name]}" for name in sorted(found, key=str.lower)))


if __name__ == "__main__":
    main()
