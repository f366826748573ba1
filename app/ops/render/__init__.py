"""The host's own means: point-in-time recovery, exports and rollback of Render, from a shell."""
