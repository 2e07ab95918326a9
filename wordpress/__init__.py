"""What runs on the WordPress side: the image, the site agent and the maintenance command."""
