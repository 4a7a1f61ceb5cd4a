"""Layout versus schematic for SFQ circuits.

    from sfqgen.extract.recognise import recognise
    from sfqgen.verify.gds import read_layout
    from sfqgen.verify.lvs import compare

    result = compare(recognise(*read_layout("JTL.gds")), circuit)
    print(result.text())
"""

from sfqgen.verify.lvs.compare import compare
from sfqgen.verify.lvs.result import Compared, LvsResult, Mismatch
from sfqgen.verify.lvs.sides import Reference
from sfqgen.verify.lvs.values import Extracted, Tolerances, tolerances

__all__ = ["Compared", "Extracted", "LvsResult", "Mismatch", "Reference", "Tolerances", "compare", "tolerances"]
