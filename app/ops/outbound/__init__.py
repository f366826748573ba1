"""Whether messages go out to customers: an operator may have all of them wait, and a restored database begins so."""
