"""What somebody does who was listed as a contact, as a page or as JSON: all of it takes a session of the line."""
