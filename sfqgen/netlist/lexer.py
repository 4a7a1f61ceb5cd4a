"""Deck text to statements: includes, comments, continuation lines and tokens, every token with its file and line.

Limits keep a hostile deck from costing more than a moment; they lie far above any real one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sfqgen.errors import SfqgenError

MAX_BYTES = 16_000_000  # all files of a deck together
MAX_STATEMENT = 2_000_000  # characters of one statement with its continuation lines
MAX_STATEMENTS = 300_000
MAX_INCLUDE_DEPTH = 16
MAX_BRACKETS = 50
MAX_HEADER = 400

# Words whose argument list may stand after a space: `pwl (0 0 5p 1m)`, `jj (rtype=1)`.
CALLS = frozenset({"pwl", "pulse", "sin", "exp", "noise", "cus", "pws", "dc", "jj"})

RESERVED = frozenset("|.=(){}[]'\"")  # in names

_INLINE_COMMENT = re.compile(r";|\s\$\s|\s//\s")
_PIECE = re.compile(r"[^\s(){}\[\]'\",=]+")
_OPEN = {"(": ")", "{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a statement; a bracketed argument list belongs to the word before it."""

    text: str
    file: str
    line: int

    def fail(self, what: str, *, allowed: str = "", remedy: str = "") -> NoReturn:
        """Raise SfqgenError that names file, line and this token."""
        shown = self.text if len(self.text) <= 40 else self.text[:37] + "..."
        raise SfqgenError(what, where=f"{self.file}:{self.line}: '{shown}'", allowed=allowed, remedy=remedy)

    def part(self, text: str) -> Token:
        """A token for a piece of this one, at the same place."""
        return Token(text, self.file, self.line)


def check_name(token: Token, what: str) -> None:
    """Refuse characters that the dialect reserves."""
    bad = next((char for char in token.text if char in RESERVED or not char.isprintable()), None)
    if bad is not None:
        token.fail(f"a {what} must not contain '{bad}'", remedy="use letters, digits and _")


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line: its tokens, and its text after the first word as it was written (for expressions)."""

    tokens: tuple[Token, ...]
    rest: str

    @property
    def head(self) -> Token:
        return self.tokens[0]


@dataclass(frozen=True, slots=True)
class Source:
    """All statements of a deck with its includes, and the comment lines that stand before the first of them."""

    statements: tuple[Statement, ...]
    header: tuple[str, ...]


class Files:
    """Opens the deck's files: only inside the allowed folders, no loops, bounded size."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = [folder.resolve() for folder in folders]
        self.left = MAX_BYTES
        self.open: list[Path] = []

    def text(self, path: Path, at: Token | None = None) -> str:
        """The text of a file, counted against the limit of the whole deck. Raises SfqgenError when it is no deck."""
        try:
            if not path.is_file():
                _refuse(at, path, "no such file", "give the path of a netlist file")
            if path.stat().st_size > self.left:
                _refuse(at, path, f"the deck is larger than {MAX_BYTES // 1_000_000} MB")
            data = path.read_bytes()
        except OSError as error:
            _refuse(at, path, f"the file cannot be read: {error.strerror}")
        self.left -= len(data)
        if b"\0" in data:
            _refuse(at, path, "this is not a text file", "give a netlist (.cir)")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("latin-1")

    def included(self, name: Token, beside: Path | None) -> Path:
        """The path that an include or a wave file means. Raises SfqgenError outside the allowed folders."""
        if beside is None:
            name.fail("a deck given as text cannot include files", remedy="read it from a file with read_deck")
        path = (beside / name.text).resolve()
        if not any(path.is_relative_to(folder) for folder in self.folders):
            name.fail(
                "includes a file outside of the deck's folder", allowed="the folder of the deck and below",
                remedy="move the file, or allow its folder",
            )  # fmt: skip
        return path


def _refuse(at: Token | None, path: Path, what: str, remedy: str = "") -> NoReturn:
    if at is not None:
        at.fail(what, remedy=remedy)
    raise SfqgenError(what, where=str(path), remedy=remedy)


def read_source(text: str, name: str, files: Files, folder: Path | None) -> Source:
    """Split deck text into statements. `name` is what errors call the file, `folder` is where includes start."""
    header: list[str] = []
    statements: list[Statement] = []
    _read(text, name, files, folder, statements, header)
    return Source(tuple(statements), tuple(header))


def _read(text: str, name: str, files: Files, folder: Path | None, into: list[Statement], header: list[str]) -> None:
    """Append the statements of one file; includes are read in place, `.end` ends the file that holds it."""
    pieces: list[tuple[str, int]] = []

    def flush() -> bool:
        """Turn the collected physical lines into a statement; True when it was `.end`."""
        if not pieces:
            return False
        statement = _statement(pieces, name)
        pieces.clear()
        head = statement.head.text.lower()
        if head in (".include", ".inc"):
            _include(statement, files, folder, into, header)
        elif head != ".end":
            if len(into) >= MAX_STATEMENTS:
                statement.head.fail("the deck has too many lines", allowed=f"up to {MAX_STATEMENTS}")
            into.append(statement)
        return head == ".end"

    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip().replace("\r", " ")
        if line[:1] in ("*", "#", ";"):
            if not into and not pieces and len(header) < MAX_HEADER:
                header.append(line[1:].strip())
            continue
        line = _INLINE_COMMENT.split(line, maxsplit=1)[0].rstrip()
        if line.startswith("+"):
            if not pieces:
                Token("+", name, number).fail("a continuation line with nothing to continue")
            pieces.append((line[1:], number))
        elif line:
            if flush():
                return
            pieces.append((line, number))
    flush()


def _include(statement: Statement, files: Files, folder: Path | None, into: list[Statement], header: list[str]) -> None:
    if len(statement.tokens) < 2:
        statement.head.fail("needs a file name", remedy=".include cells.inc")
    written = statement.tokens[1]
    target = written.part(written.text.strip("\"'"))
    path = files.included(target, folder)
    if path in files.open:
        target.fail("the file includes itself", remedy="break the loop of includes")
    if len(files.open) >= MAX_INCLUDE_DEPTH:
        target.fail("includes are nested too deeply", allowed=f"{MAX_INCLUDE_DEPTH} levels")
    files.open.append(path)
    shown = str(Path(written.file).parent / target.text)
    _read(files.text(path, target), shown, files, path.parent, into, header)
    files.open.pop()


def _statement(pieces: list[tuple[str, int]], name: str) -> Statement:
    """Join physical lines and cut them into tokens."""
    text = " ".join(piece for piece, _ in pieces)
    if len(text) > MAX_STATEMENT:
        Token(text[:60], name, pieces[0][1]).fail(
            "the statement is too long", allowed=f"{MAX_STATEMENT} characters"
        )
    starts = [0]
    for piece, _ in pieces[:-1]:
        starts.append(starts[-1] + len(piece) + 1)

    def token(word: str, position: int) -> Token:
        return Token(word, name, pieces[bisect_right(starts, position) - 1][1])

    words = _words(text, token)
    if not words:
        token(text, 0).fail("there is nothing on this line but punctuation")
    first = words[0][0]
    return Statement(tuple(token(word, at) for word, at in words), text[len(first) :] if text.startswith(first) else "")


def _words(text: str, token) -> list[tuple[str, int]]:
    """Words with their positions. `a = b` is one word `a=b`; brackets and quotes keep spaces inside a word."""
    words: list[tuple[list[str], int]] = []  # the pieces of each word, joined at the end
    position, joined = 0, False  # joined: the next piece belongs to the last word
    while position < len(text):
        char = text[position]
        if char.isspace() or char == ",":
            joined = joined and char != "," and words[-1][0][-1] == "="
            position += 1
            continue
        end = _end_of_piece(text, position, token)
        last = words[-1][0] if words else []
        called = char == "(" and len(last) == 1 and last[0].lower() in CALLS
        if last and (joined or called or char == "=" or last[-1] == "="):
            last.append(text[position:end])
        else:
            words.append(([text[position:end]], position))
        joined, position = True, end
    return [("".join(pieces), at) for pieces, at in words]


def _end_of_piece(text: str, start: int, token) -> int:
    """End of the run of plain characters, of the bracketed group, of the quoted text or of the "=" at `start`."""
    char = text[start]
    if char in _OPEN:
        return _closing(text, start, token)
    if char in "\"'":
        end = text.find(char, start + 1)
        if end < 0:
            token(text[start : start + 60], start).fail("the quote is not closed")
        return end + 1
    if char in ")}]":
        token(char, start).fail("a bracket is closed that was not opened")
    match = _PIECE.match(text, start)
    return match.end() if match else start + 1


_BRACKET = re.compile(r"[(){}\[\]]")


def _closing(text: str, start: int, token) -> int:
    """Position after the bracket that closes the one at `start`."""
    stack: list[str] = []
    for match in _BRACKET.finditer(text, start):
        char = match.group()
        if char in _OPEN:
            stack.append(_OPEN[char])
            if len(stack) > MAX_BRACKETS:
                token(text[start : start + 60], start).fail(
                    "brackets are nested too deeply", allowed=f"{MAX_BRACKETS} levels"
                )
        elif char != stack.pop():
            token(char, match.start()).fail("the brackets do not match")
        if not stack:
            return match.end()
    token(text[start : start + 60], start).fail("the bracket is not closed", remedy="add the missing bracket")
    return len(text)
