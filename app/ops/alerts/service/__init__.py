"""Evaluate the rules, once for all processes, and tell people."""
