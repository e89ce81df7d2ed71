"""One module a command: parse, call, report. Each is imported only when its command runs."""
