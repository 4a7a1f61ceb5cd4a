"""A program found on PATH: its version checked, run in a folder of its own, its failure told in one line."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sfqgen.errors import SfqgenError


@dataclass(frozen=True, slots=True)
class Program:
    """A command, how to ask for its version, the least version that will do, and where to get it."""

    command: str
    version_flag: str
    version_pattern: str
    least: tuple[int, ...]
    source: str

    def path(self) -> str | None:
        return shutil.which(self.command)

    def version(self) -> tuple[int, ...]:
        """The version of the program on PATH. Raises SfqgenError when there is none or it is too old."""
        path = self.path()
        if path is None:
            raise SfqgenError(f"{self.command} is not on PATH", remedy=self.source)
        text = self._run([path, self.version_flag], None, 30.0)
        match = re.search(self.version_pattern, text)
        if match is None:
            raise SfqgenError(f"{self.command} does not tell its version", where=path, remedy=self.source)
        found = tuple(int(part) for part in match[1].split("."))
        if found < self.least:
            raise SfqgenError(f"{self.command} {match[1]} is too old", where=path,
                              allowed=f"{'.'.join(map(str, self.least))} or later", remedy=self.source)  # fmt: skip
        return found

    def run(self, arguments: list[str], folder: Path, timeout_s: float) -> str:
        """What the program prints, both streams. Raises SfqgenError when it is missing, fails or takes too long."""
        self.version()
        return self._run([self.path(), *arguments], folder, timeout_s, checked=True)

    def _run(self, command: list[str], folder: Path | None, timeout_s: float, *, checked: bool = False) -> str:
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=timeout_s, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise SfqgenError(f"{self.command} did not finish in {timeout_s:g} s",
                              remedy="simulate a shorter time or allow more") from None  # fmt: skip
        except OSError as error:
            raise SfqgenError(f"{self.command} cannot be started: {error.strerror}", where=command[0]) from None
        text = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
        if checked and done.returncode:
            raise SfqgenError(f"{self.command} stopped: {reason(text)}")
        return text


def reason(text: str) -> str:
    """The line of a program's output that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for word in ("too small", "singular", "error", "fatal", "cannot", "invalid", "abort"):
        for line in lines:
            if word in line.lower():
                return line[:200]
    return lines[-1][:200] if lines else "no message"
