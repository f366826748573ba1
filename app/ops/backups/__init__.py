"""Whether there is a backup that would save us: what is known of it, never what one would like."""
