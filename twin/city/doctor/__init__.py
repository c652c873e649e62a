"""Import doctor: what is wrong with a city, said in plain words, and repairs at a click.

Readers tell what they met in a file; `sources` proposes where a source that lies wrong may belong; `checks` look at the whole city;
`repairs` mend it.
"""

from twin.city.doctor.checks import CHECKS, Check, examine, examined, opened
from twin.city.doctor.repairs import MADE, REPAIRS, Repair, asked, check_names, repaired

__all__ = ["CHECKS", "MADE", "REPAIRS", "Check", "Repair", "asked", "check_names", "examine", "examined", "opened", "repaired"]
