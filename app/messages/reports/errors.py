"""Expected failures of reports."""

from app.core.errors import Unavailable


class TooManyReports(Unavailable):
    """More reports than are taken in a minute: Twilio is to bring this one again, which it does after 5xx alone."""

    detail = "More webhooks than are taken in a minute; bring this one again."
