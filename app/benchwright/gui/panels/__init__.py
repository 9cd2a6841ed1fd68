"""The panels of the window; each is a folder of its own and knows no other."""
