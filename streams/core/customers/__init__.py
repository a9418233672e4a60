"""Customers: who is one, since when, what each is worth, who left and why."""
