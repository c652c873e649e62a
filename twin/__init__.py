"""The city and everything computed about it. No Qt, no VTK."""
