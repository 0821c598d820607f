"""Sheets of a hotline (12345) and the API: what ``loumen hotline`` reads, sends, asks and writes."""
