"""A demo to try the service on: a dental practice in London and a yoga studio in New York."""
