"""How often who may ask: what is enforced here is what `ops/limits` reports, from the same counters."""
