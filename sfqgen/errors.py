"""One exception for everything that a user can put right.

The command line prints it as a single line and exits with 2; a library user catches it. Every message says
what was wrong, where, what is allowed and what to do about it.
"""


class SfqgenError(Exception):
    """Bad input or a missing program: `what` went wrong, `where` (file, field, element), `allowed`, `remedy`.

    >>> str(SfqgenError("ic_ua is 20", where="n2.yaml: soma.ic_ua", allowed="50 to 325 uA", remedy="raise ic_ua"))
    'n2.yaml: soma.ic_ua: ic_ua is 20; allowed: 50 to 325 uA; remedy: raise ic_ua'
    """

    def __init__(self, what: str, *, where: str = "", allowed: str = "", remedy: str = "") -> None:
        self.what, self.where, self.allowed, self.remedy = what, where, allowed, remedy
        parts = [f"{where}: {what}" if where else what]
        if allowed:
            parts.append(f"allowed: {allowed}")
        if remedy:
            parts.append(f"remedy: {remedy}")
        super().__init__(" ".join("; ".join(parts).split()))
        self.others: list[SfqgenError] = []  # further mistakes found in the same input, one line each
