"""What a backup has to prove."""

RPO_SECONDS = 86_400
"""The recovery point objective: at most a day of bookings may be lost."""
RTO_SECONDS = 14_400
"""The recovery time objective: restored within four hours."""
