"""What a backup has to prove, and when."""

RPO_SECONDS = 86_400
"""The recovery point objective: at most a day of bookings may be lost."""
RTO_SECONDS = 14_400
"""The recovery time objective: restored within four hours."""
STALE_SECONDS = 2 * RPO_SECONDS
"""An older backup is none."""
DRILL_SECONDS = 35 * 86_400
"""A backup has to be restored and tried so often, and one of them read to its end."""
MISSED_SECONDS = 26 * 3_600
"""By then the schedule has to have begun another one."""
PROVEN_LEVEL = 3
"""Decrypted and read to its end by pg_restore. Below that only bytes were compared, which proves a copy, no backup."""
CLOCK_SECONDS = 300
"""By so much two clocks may differ before a backup is from the future."""
GRACE_SECONDS = 3_600
"""So long a backup that was just made may be on its way to being verified."""
