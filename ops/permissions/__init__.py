"""Who may do what in the product, and why, as one table that is read off the synthesised stacks."""
