"""What is said, and what makes two wishes the same: pure."""
