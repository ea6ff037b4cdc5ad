"""What can cross the wire: the contract as data, and the values made from it."""
