"""What a city is: buildings, terrain, networks, features, people and where each came from."""
