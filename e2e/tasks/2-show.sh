# Show it to a clinician for a week.
medrec ppr grant --to dr-weber --find glucose --latest \
  --purpose treatment --for 1w
