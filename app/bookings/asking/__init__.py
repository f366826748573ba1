"""What people ask for in their own words, by voice or text: which service, and when. The same slots as the API's."""
