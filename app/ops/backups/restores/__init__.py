"""From a backup back to a database: always a new one beside what is there, which is never destroyed."""
