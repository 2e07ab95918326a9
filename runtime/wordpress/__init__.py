"""WordPress as the portal sees it: one port, the site agent over HTTP and the maintenance jobs behind it."""
