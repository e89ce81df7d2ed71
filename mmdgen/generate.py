"""From a folder of models to shards: work list, workers, resume."""
