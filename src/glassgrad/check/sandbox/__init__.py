"""Where a student's code runs: a process of its own, with limits."""
