"""How advice is found: pure decisions over parsed statements, statistics and the catalogue."""
