"""What is said of days and times, and what that is on a calendar."""
