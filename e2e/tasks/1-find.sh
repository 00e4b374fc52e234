# Find the last glucose value and its date.
medrec records list
medrec query --find glucose --latest --save glucose.json
