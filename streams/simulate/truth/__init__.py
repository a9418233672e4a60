"""The true numbers of a company: all events sorted once, every rule written out plainly.

Nothing of the product's own code is used, so that the two can be held against each other.
"""
