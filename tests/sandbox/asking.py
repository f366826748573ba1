"""One HTTP client for these tests: each of its own would read the list of authorities, in 25 ms."""

import httpx

http = httpx.Client(verify=False, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0), timeout=60)
"""Keeps no connection: some are broken off on demand."""
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError)
"""What a connection that is cut fails with: it depends on who is faster whether it is seen as ended or as reset."""
