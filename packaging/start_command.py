"""The bundle's `benchwright`: command line, bench and workers, without Qt."""

import sys

from benchwright.__main__ import main

sys.exit(main())
