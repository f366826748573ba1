"""What Vapi refuses."""

from http import HTTPStatus
from typing import Any


class VapiRefused(Exception):
    """Vapi refuses the request with this status of HTTP; the message says why."""

    def __init__(self, message: str | list[str], status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"message": self.message, "error": HTTPStatus(self.status).phrase, "statusCode": self.status}
