"""Resources: who or what is booked exclusively."""
