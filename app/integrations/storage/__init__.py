"""Where files are kept beyond the life of this machine: a folder, or any store that speaks S3.

`api` is what every store can do, `folder` and `objects` are the two kinds of it.
"""
