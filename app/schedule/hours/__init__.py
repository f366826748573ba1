"""Opening hours: a resource's week, and the dates that differ. Its tables are among those of `schedule`."""
