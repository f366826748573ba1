"""Where a leak or a spike comes from: tasks, memory, a profile, who writes the logs. Always of one process."""
