"""Ways in which a file is damaged, for tests of what reads it."""

from __future__ import annotations

import copy
import random
from typing import Any

JUNK = [
    b"",
    b",",
    b'"',
    b"\r\n",
    b"\0",
    b"\xff",
    b"<",
    b";",
    b"-1",
    b"1e9",
    b"2099",
    b"\xef\xbb\xbf",
]


def mutate(content: bytes, seed: int, steps: int) -> bytes:
    """Flip, cut, drop, repeat, swap or insert bytes and whole lines."""
    chance = random.Random(seed)
    for _ in range(steps):
        first, second = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        lines = content.split(b"\n")
        line = chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                content = content[:first] + bytes([chance.randrange(256)]) + content[first + 1 :]
            case 1:
                content = content[:first]
            case 2:
                content = content[:first] + content[min(second, first + 40) :]
            case 3:
                content = content[:second] + content[first:second][:500] + content[second:]
            case 4:
                content = content[:first] + chance.choice(JUNK) + content[first:]
            case 5:
                content = b"\n".join([*lines[:line], *lines[line + 1 :]])
            case 6:
                content = b"\n".join([*lines, lines[line], b""])
            case 7:
                chance.shuffle(lines)
                content = b"\n".join(lines)
            case 8:
                cells = lines[line].split(b",")
                cells[chance.randrange(len(cells))] = chance.choice(JUNK)
                content = b"\n".join([*lines[:line], b",".join(cells), *lines[line + 1 :]])
        content = content or b"\n"
    return content


ODD = [None, True, -1, 0, 10**30, 1.5, float("nan"), "", "x", "2024-13", [], ["x"], {}, {"x": 1}]


def mutate_tree(tree: Any, chance: random.Random) -> Any:
    """The same tree of lists and mappings with one node lost, doubled or put in another's place."""
    if not isinstance(tree, dict | list) or not tree or chance.random() < 0.05:
        return chance.choice(ODD)
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    key, found = chance.choice(keys), copy.copy(tree)
    match chance.randrange(8):
        case 0:
            del found[key]
        case 1 if isinstance(found, dict):
            found[chance.choice(["x", 7, None, True, "name"])] = found.pop(key)
        case 1:
            found.append(found[key])
        case 2:
            found[key] = tree[chance.choice(keys)]
        case _:
            found[key] = mutate_tree(found[key], chance)
    return found
