"""One exception for what a user of the kit can put right: one line with place, allowed values and remedy."""


class PdkError(ValueError):
    """`what` is wrong, `where` (file: field), what is `allowed`, what to do (`remedy`).

    >>> str(PdkError("not a number: 'x'", where="lab.yaml: constants.jc", allowed="a number in uA/um2"))
    "lab.yaml: constants.jc: not a number: 'x'; allowed: a number in uA/um2"
    """

    def __init__(self, what: str, *, where: str = "", allowed: str = "", remedy: str = "") -> None:
        self.what, self.where, self.allowed, self.remedy = what, where, allowed, remedy
        self.others: list[PdkError] = []
        line = f"{where}: {what}" if where else what
        line += f"; allowed: {allowed}" if allowed else ""
        line += f"; remedy: {remedy}" if remedy else ""
        super().__init__(" ".join(line.split()))
