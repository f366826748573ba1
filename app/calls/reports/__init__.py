"""What comes after a call: is what was said true, where is a report that did not come, when are words forgotten."""
