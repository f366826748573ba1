"""What can be booked, and who or what it takes."""
