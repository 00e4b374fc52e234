-- The hash of what a bounty asks for, the same for all bounties that ask for the same within one
-- period of their dataset's budget. A question has one answer: a bounty that asks it again receives the
-- first answer, so that nothing can be learned from a change of the answer. Older answers have no hash.
ALTER TABLE answers ADD COLUMN question BLOB;

CREATE INDEX answers_to_question ON answers (question);
