"""Rate limits: what is enforced, for whom, and what an operator changes about it for a while."""
