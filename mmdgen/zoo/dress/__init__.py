"""What is below the chin and what is worn: the body, clothes and ornaments."""
