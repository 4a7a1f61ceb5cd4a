"""Write a file whole or not at all: to a temporary name beside it, then rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sfqgen.errors import SfqgenError


@contextmanager
def whole(path: Path | str) -> Iterator[Path]:
    """A temporary path with the same suffix that becomes `path` when the block ends without an exception.

    Raises SfqgenError when the folder cannot be written.
    """
    path = Path(path)
    partial = make_folder(path.parent) / f".{path.stem}.{os.getpid()}.partial{path.suffix}"
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise SfqgenError(f"cannot write ({error.strerror or error})", where=str(path),
                          remedy="a folder with write permission and room, named with -o") from None  # fmt: skip
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def make_folder(folder: Path) -> Path:
    """The folder, made if need be and proved writable. Raises SfqgenError otherwise."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SfqgenError(f"cannot write into the folder ({error.strerror or error})", where=str(folder),
                          remedy="a folder with write permission and room, named with -o") from None  # fmt: skip
    return folder
