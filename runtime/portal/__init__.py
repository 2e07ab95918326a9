"""The API's entry point and its edge: what a caller may do, and what there is not."""
