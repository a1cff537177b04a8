"""What the checks share: what they are given, and what they answer."""
