"""From the file of a script to what the bench can run: metadata, dependencies, grants, the request itself."""
