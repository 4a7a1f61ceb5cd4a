"""Command line: one file per command, each importing what it needs only when it runs."""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Entry point: a user's mistake becomes one line on stderr and exit code 2; `--traceback` shows where it arose."""
    from pdk_sfq5ee.errors import PdkError
    from sfqgen.errors import SfqgenError

    arguments = sys.argv[1:]
    traceback = "--traceback" in arguments
    arguments = [a for a in arguments if a != "--traceback"]
    from sfqgen.cli.commands import app

    try:
        app(arguments)
    except (SfqgenError, PdkError) as error:
        if traceback:
            raise
        lines = [str(one) for one in (error, *error.others)]
        if "--json" in arguments:
            print(json.dumps({"error": lines[0], "errors": lines}))
        for line in lines:
            print(f"error: {line}", file=sys.stderr)
        sys.exit(2)
