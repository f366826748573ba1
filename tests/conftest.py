"""Fixtures that every test may ask for. Databases: tests/fixtures/database.py."""

pytest_plugins = ["tests.fixtures.database"]
