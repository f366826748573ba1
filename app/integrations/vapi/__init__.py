"""Vapi, the platform that telephones for us: what it tells us, and what we have it do.

`signature` proves that a webhook is Vapi's, `payloads` reads it and writes the answer, `objects` is what we send, `api`
is the way there. No SDK: docs/decisions/vapi-api.md says why.
"""
