"""Windows in which a person marks heads and winks."""
