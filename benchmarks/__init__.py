"""Measured figures: how long konv takes to start, and konv beside its peers."""
