# See who read it.
medrec summary accesses
