"""The worked cases of phrases: where they lie, beside the repository, in `../shared` or where BOOKING_SHARED says."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("BOOKING_SHARED") or Path(__file__).parents[3] / "shared")
PHRASES = SHARED / "cases" / "phrases.json"
