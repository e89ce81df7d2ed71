"""One character ready to pose and draw."""
