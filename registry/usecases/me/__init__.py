"""What a borrower does in the portal, as a page or as JSON: all of it takes a session of whoever signed in."""
