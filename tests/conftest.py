"""Fixtures that every test may ask for: databases in tests/fixtures/database.py, the application in api.py."""

pytest_plugins = ["tests.fixtures.database", "tests.fixtures.api", "tests.fixtures.practice", "tests.fixtures.bookable"]
