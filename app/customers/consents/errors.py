"""What can be wrong with a note on who wants no messages."""

from app.core.errors import Conflict


class StoppedByCustomer(Conflict):
    """They have stopped texts themselves, and staff cannot take that back for them."""

    detail = "They stopped texts themselves; only a START from their own phone takes that back."


class EmailMissing(Conflict):
    """The customer has no e-mail address that could be noted of."""

    detail = "This customer has no e-mail address; PATCH /api/customers/{id} gives one."
