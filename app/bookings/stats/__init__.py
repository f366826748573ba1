"""Numbers of one client's business, computed from its bookings and hours when asked."""
