"""Sending what is written down: once, in turn, and only while it is true and wanted."""
