"""Who holds the database's connections, whether they suffice, and how to take one away."""
