"""Put the technology, its colours and the design-rule menu entry into a KLayout home."""

from __future__ import annotations

import os
import tempfile
from importlib.resources import files
from pathlib import Path

from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.klayout_tech import NAME

SHIPPED = (".lyt", ".lyp", ".lydrc", ".drc")


def default_home() -> Path:
    """KLayout's folder of the user: `KLAYOUT_HOME`, else `~/.klayout`."""
    set_by_user = os.environ.get("KLAYOUT_HOME", "")
    return Path(set_by_user) if set_by_user else Path.home() / ".klayout"


def install(home: Path | None = None) -> tuple[tuple[Path, bool], ...]:
    """Copy the technology into `home/tech/sfq5ee`; returns each file with whether it changed.

    A second run changes nothing. KLayout shows the technology and, in Tools > DRC, the deck after its next start.
    Raises PdkError when the folder cannot be written.
    """
    folder = (home or default_home()) / "tech" / NAME
    source = Path(str(files("pdk_sfq5ee"))) / "klayout"
    found = sorted(path for path in source.rglob("*") if path.suffix in SHIPPED and path.is_file())
    return tuple(_copy(path, folder / path.relative_to(source)) for path in found)


def _copy(source: Path, target: Path) -> tuple[Path, bool]:
    content = source.read_bytes()
    try:
        if target.is_file() and target.read_bytes() == content:
            return target, False
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(target)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise PdkError(f"cannot write ({error.strerror})", where=str(target), remedy="another --home") from None
    return target, True
