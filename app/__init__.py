"""The appointment booking service. Floors and rooms: docs/architecture.md."""
