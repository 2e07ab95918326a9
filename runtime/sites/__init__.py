"""Sites: the WordPress installs of a tenant, from their creation to the end of their data."""
