"""Day by day: a recursive log-linear model of each series, and what it knows of days."""
