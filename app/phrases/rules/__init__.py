"""What people say of time, as pure functions: words in, readings out. No I/O, no clock, no settings.

A rules package rather than a file, since each part is read alone:

- `readings`: what comes out
- `lexis`: text to tokens; words, typing slips, numbers
- `grammar`: tokens to what they say: days, times, ranges, and how they belong together
- `meaning`: what is said, and what that is on a calendar
- `reading`: all of it, in order

The semantics are those of the worked cases that `booking phrases solve` runs.
"""

from app.phrases.rules.reading import read_time
from app.phrases.rules.readings import Grain, Opening, Reading, Readings, Reason

__all__ = ["Grain", "Opening", "Reading", "Readings", "Reason", "read_time"]
