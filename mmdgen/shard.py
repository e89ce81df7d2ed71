"""Border: shards of triplets, format 1."""
