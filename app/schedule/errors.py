"""What can be wrong with a question about availability; the rest is the catalog's to say."""

from app.core.errors import Invalid


class RangeInvalid(Invalid):
    """The span asked about is empty, turned round, or longer than 92 days."""

    detail = "to must lie after from, by at most 92 days."
