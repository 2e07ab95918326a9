"""The stacks of the portal and the configuration of its stages."""
