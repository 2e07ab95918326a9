"""Whether a deployed stage works, asked from outside in, without anybody's password and without changing anything."""
