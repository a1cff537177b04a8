"""Terms: expressions of ops, simplified, shared, typed by people; and the rules of the ops as terms."""
