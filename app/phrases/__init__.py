"""When: what people say of time, read into spans of the local calendar."""
