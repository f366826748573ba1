"""The use cases of backups; `activity` is what the documented status tells beside them."""
