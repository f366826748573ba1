"""What stands in for the accounts at Vapi, Twilio and a mail server, and a caller and a texter in the terminal.

It is the outside: it speaks to the service over HTTP and SMTP alone, signs and counts by code of its own, and never
leaves this machine. `server` runs the stand-ins in one process, `accounts` says which keys they take, `state` is what
they know, `faults` are bad days on demand, `requests` what is read of a request, `courier` carries their webhooks,
`mail` takes letters; `wiring` puts the stand-ins round a service, `places` says where everything is,
`terminal` is what texter and caller have in common.
"""
