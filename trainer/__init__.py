"""Networks that learn from shards to move a drawing."""
