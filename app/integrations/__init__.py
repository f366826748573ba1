"""What others offer, behind small doors of our own: stores of files, the host's interface, calls, texts and mail."""
