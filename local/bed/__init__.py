"""The parts of the WordPress bed: where its things are, its daemons, and how the maintenance command is run on it."""
