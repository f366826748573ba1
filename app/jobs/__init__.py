"""Work after the answer: outbox, runner, periodic leader. pgqueuer stays behind this door."""
