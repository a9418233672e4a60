"""Several workers under one command: started, watched, and shown as one."""
