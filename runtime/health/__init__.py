"""Health and status: how a site's WordPress is when it is looked at, and what is known of a site without looking."""
