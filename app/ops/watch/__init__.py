"""Watch a service from elsewhere, for a dead one cannot alert: needs its address, no database and no settings."""
