"""Hair: locks that follow a guide surface around the skull, in many cuts."""
