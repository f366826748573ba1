"""Looking: one snapshot, one question for each check, however many rows there are."""
