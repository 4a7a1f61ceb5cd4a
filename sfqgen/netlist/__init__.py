"""The circuit model and its text forms. Nothing here imports gdsfactory."""
