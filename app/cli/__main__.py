"""`python -m app.cli`: the same as `booking`."""

from app.cli import app

if __name__ == "__main__":
    app(prog_name="booking")
