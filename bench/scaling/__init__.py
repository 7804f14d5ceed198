"""What one process of Parley carries, and what happens to it when others stand beside it."""
