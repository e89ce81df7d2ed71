"""One HTML page about models: tables, pictures, terms; no network, no scripts."""
