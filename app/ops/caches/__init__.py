"""What the processes remember: how well it serves, for how long it is good, and forgetting it on demand."""
