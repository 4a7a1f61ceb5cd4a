"""Names that a simulator accepts: an illegal name becomes a legal one, always the same and used by nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


class LegalNames:
    """Maps names of one name space to legal ones. Legal names stay as they are; others give way to them.

    `legal` maps a name to its legal form (itself when it is fine). Names are compared without case.
    """

    def __init__(self, names: Iterable[str], legal: Callable[[str], str], reserved: Iterable[str] = ()) -> None:
        self._map: dict[str, str] = {}
        taken = {name.lower() for name in reserved}
        wanted = list(dict.fromkeys(names))
        fine = [name for name in wanted if legal(name) == name and name.lower() not in taken]
        for name in fine:
            self._map[name.lower()] = name
            taken.add(name.lower())
        for name in wanted:
            if name.lower() in self._map:
                continue
            base = free = legal(name)
            count = 1
            while free.lower() in taken:
                count += 1
                free = f"{base}_{count}"
            self._map[name.lower()] = free
            taken.add(free.lower())

    def __getitem__(self, name: str) -> str:
        return self._map[name.lower()]


_JOSIM_RESERVED = re.compile(r"[|.=(){}\[\],'\"\s;]")

# JoSIM looks for these words, in this order, anywhere in a source's line; a name that holds one changes the shape.
SHAPE_WORDS = ("pwl", "pulse", "sin", "cus", "noise", "pws", "exp", "dc")


def josim_label(name: str) -> str:
    """An element's name without JoSIM's reserved characters."""
    return _JOSIM_RESERVED.sub("_", name)


def josim_node(name: str) -> str:
    """A node's or an instance's name, also without GND: JoSIM grounds every node in whose flat name that stands."""
    return broken(josim_label(name), "gnd")


def without_shape_words(name: str, kinds: Iterable[str]) -> str:
    """The name, broken at every word that JoSIM would read as another shape than the given ones."""
    for kind in kinds:
        for word in SHAPE_WORDS[: SHAPE_WORDS.index(kind)]:
            name = broken(name, word)
    return name


def broken(name: str, word: str) -> str:
    """The name with `_` after the first letter of each occurrence of a word."""
    return re.sub(f"({word[0]})(?={word[1:]})", r"\1_", name, flags=re.IGNORECASE)
