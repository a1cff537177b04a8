"""What the families of ops share: axes, windows, checks, precision, kernels, witnesses.  No op is here."""
