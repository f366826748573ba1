"""The address of a service, as people and hosts write it."""

from urllib.parse import urlsplit


def address(text: str) -> str:
    """Return the URL of a service without a path: a bare `host:port` is asked by plain HTTP.

    Raises:
        ValueError: it is no address, or carries a password that would be shown.
    """
    text = text.strip()
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable() or " " in text:
        raise ValueError("must look like https://booking.example.com or host:port")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or a password")
    _ = parts.port  # raises ValueError where it is not a number
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
