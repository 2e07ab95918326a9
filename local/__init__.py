"""The embedded local cloud: start, deploy, seed, stop. ``python -m local up`` does it all."""
