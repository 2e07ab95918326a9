"""Operations: the asynchronous jobs on a site, accepted once, carried out once, and told of truthfully meanwhile."""
