"""Layout versus schematic for SFQ circuits.

    from sfqgen.extract.recognise import recognise
    from sfqgen.verify.gds import read_layout
    from sfqgen.verify.lvs import compare

    result = compare(recognise(*read_layout("JTL.gds")), circuit)
    print(result.text())
"""

from sfqgen.verify.lvs.annotate import Annotated, Row, back_annotate
from sfqgen.verify.lvs.compare import compare
from sfqgen.verify.lvs.database import write_lvsdb
from sfqgen.verify.lvs.load import load_reference
from sfqgen.verify.lvs.merge import without_wires
from sfqgen.verify.lvs.result import Compared, LvsResult, Mismatch
from sfqgen.verify.lvs.sides import Reference
from sfqgen.verify.lvs.values import Extracted, Tolerances, tolerances

__all__ = [
    "Annotated", "Compared", "Extracted", "LvsResult", "Mismatch", "Reference", "Row", "Tolerances", "back_annotate",
    "compare", "load_reference", "tolerances", "without_wires", "write_lvsdb",
]  # fmt: skip
