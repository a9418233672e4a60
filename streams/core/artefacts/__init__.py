"""Real or artefact: whether a rise is one sender, a load, a renaming or a catching-up."""
