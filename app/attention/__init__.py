"""What waits for a person: fed by every channel, with what can be done about it."""
