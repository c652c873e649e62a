"""What can be drawn: a Layer turns data into Drawings (plain arrays). No Qt, no VTK."""
