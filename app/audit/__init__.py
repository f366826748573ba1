"""Who changed what: a trail of administrative acts, written in the transaction of the act."""
