"""The life of a booking: held, confirmed, moved, cancelled, completed.

Its use cases are more than one file holds, so `service` is a package: `placing` decides who serves a
start, `writing` puts it down, `making` books and holds, `holding` ends or keeps a hold, `changing`
moves and closes, `reading` finds. `bookings/stats` is a small room of its own.
"""
