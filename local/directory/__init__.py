"""The WordPress.org plugin directory of the local stage: answers from the plugin packages that lie in a folder."""
