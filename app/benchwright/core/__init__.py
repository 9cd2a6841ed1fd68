"""Values and rules of Benchwright: no file, socket, process or thread is touched here."""
