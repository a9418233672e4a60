"""The incidents stage: signals become alerts with their cause, their evidence and a life cycle."""
