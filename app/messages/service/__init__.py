"""Use cases of messages: write down what is to be told, take back what is not true, hear what became of it."""

from app.messages.service.news import hear
from app.messages.service.writing import tell, wake, wake_due

__all__ = ["hear", "tell", "wake", "wake_due"]
