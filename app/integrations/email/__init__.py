"""E-mail about an appointment, that calendars understand.

`letters` is what is to be said and how it becomes a message, `calendar` the part of it for calendars, `api` the way to
a mail server (SMTP).
"""
