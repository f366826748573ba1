"""Keys: made, shown once, replaced and revoked."""
