"""Use cases of messages: write down what is to be told, take back what is not true, hear what became of it."""

from app.messages.service.news import hear
from app.messages.service.personal import erase_messages, export_messages, forget_words
from app.messages.service.reading import find, read
from app.messages.service.resending import send_again
from app.messages.service.writing import tell, wake, wake_due

__all__ = [
    "erase_messages",
    "export_messages",
    "find",
    "forget_words",
    "hear",
    "read",
    "send_again",
    "tell",
    "wake",
    "wake_due",
]
