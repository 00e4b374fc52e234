# Prove the answer to an auditor, who asks a node of another hospital.
medrec --node "$AUDITOR_NODE" records verify glucose.json
