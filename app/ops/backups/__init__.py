"""Backups, and the proof that they would save us: what is known of them, never what one would like.

The store is the truth: a backup is there when its manifest is, and what was proven of it lies beside it. The table
`backup_runs` is only what this database remembers of it. Disaster replay from a command journal will stand in
`service/restoring`, between verifying what was restored and naming it as the one to switch to.
"""
