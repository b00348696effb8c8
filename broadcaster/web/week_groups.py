"""The groups of a template or a file as a form: which hamlets hear what is only for some."""

from broadcaster.domain.audience import Audience, of_hamlets
from broadcaster.web.forms import Entered

ASKED = "grouped"
"""The field that says that the groups were asked for, so that none chosen is an answer too."""
_FIELD = "group-"


def chosen(entered: Entered) -> dict[str, Audience]:
    """Return the hamlets that were chosen, by the group that they make; a group without any is not there."""
    return {
        field.removeprefix(_FIELD): of_hamlets(values)
        for field, values in entered.fields.items()
        if field.startswith(_FIELD) and values
    }
