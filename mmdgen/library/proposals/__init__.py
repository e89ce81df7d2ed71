"""What geometry and names suggest about a model that no person has annotated."""
