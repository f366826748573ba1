"""What Twilio refuses, with its codes."""

from typing import Any


class Refused(Exception):
    """Twilio refuses the request: `status` of HTTP, Twilio's own `code`, and its message."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": str(self), "more_info": more, "status": self.status}
