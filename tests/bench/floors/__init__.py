"""What a bare program does on the same servers: no checks, no history, no logs, nothing survives a restart."""
