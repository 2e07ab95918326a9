"""What operators do by hand: look at the dead letters of a stage and put them back, and curate the catalogue of plugins."""
