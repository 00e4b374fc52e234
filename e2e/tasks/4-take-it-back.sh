# Take it back.
medrec ppr revoke-all --to dr-weber
