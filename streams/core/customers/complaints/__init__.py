"""The complaints of a customer: which are kept, and how long they put it at risk."""
