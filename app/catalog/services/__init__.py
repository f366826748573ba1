"""Services: what can be booked, and which resources serve it."""
