"""What can be booked, and who or what it takes: the rooms `services` and `resources`, and what they share."""
