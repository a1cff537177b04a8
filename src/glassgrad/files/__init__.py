"""Files: written whole or not at all, locked while in use, checked when they are read, and notebooks."""
