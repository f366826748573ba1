"""How well we do what we promise: availability, what is left of the error budget, how fast it burns, how long it takes.

Its rules say which requests count, for alerts too.
"""
