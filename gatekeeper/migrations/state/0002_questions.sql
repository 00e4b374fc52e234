-- What each bounty asks, as a hash that is the same for all that ask the same in one period of their
-- dataset's budget. A question has one answer: bounties that ask it again are told what the first was
-- told, so that nothing can be learned from how the answer changes. Answers from before are unmarked.
ALTER TABLE answers ADD COLUMN question BLOB;

CREATE INDEX answers_to_question ON answers (question);
