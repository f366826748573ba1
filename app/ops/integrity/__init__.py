"""Whether the data is sound: what constraints promise, looked at row by row, and what no constraint can promise."""
