"""The incidents stage: signals become alerts with their cause and their evidence."""
