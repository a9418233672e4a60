"""The Faust shell, one file a stage."""
