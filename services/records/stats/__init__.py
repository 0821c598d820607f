"""Figures: how tickets were settled, where and how fast, and what residents said of it."""
