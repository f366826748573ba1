"""Twilio's messages: what it sends us, and the two calls of its API that we need.

`signature` proves who calls our webhooks, `payloads` reads what they bring, `api` is the way there, `answers` what
comes back. Pure, so that rules may import them: `statuses` says what a status and an error code mean, `segments`
what a text costs. No SDK: docs/decisions/twilio-api.md says why.
"""
