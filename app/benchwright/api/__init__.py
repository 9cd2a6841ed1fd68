"""The public names of `import benchwright`."""
