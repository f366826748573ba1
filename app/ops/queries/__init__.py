"""Which statements take the time: as the processes saw them, and as the server did, joined by fingerprint."""
