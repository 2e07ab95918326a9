"""What a stage costs a month, computed from its templates, a file of prices and written assumptions; where its limits are."""
