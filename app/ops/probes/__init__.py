"""Three questions that anybody may ask without a key: alive, ready, and well enough for traffic."""
