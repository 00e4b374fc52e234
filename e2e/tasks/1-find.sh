# Find the last glucose value and its date.
medrec records list --category laboratory
medrec query --find glucose --latest --save glucose.json
