"""Work after the answer: jobs upon events, and what runs every so often. pgqueuer stays behind this door.

Five file names more than a room usually has. Three because other rooms register here what this room runs:
`outbox` takes events in and says who gets them, `schedules` holds what runs every so often, and `runner` is
the worker that does both. `queue` is the one file where pgqueuer is set up. And `once` is how their jobs send to the
outside world what must not be sent twice.
"""
