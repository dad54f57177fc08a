"""`python -m stackk_tui` is the same as `stackk-tui`."""

import sys

from stackk_tui.cli import main

sys.exit(main())
