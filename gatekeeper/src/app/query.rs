//! A record is asked for.

use super::{clock, identify::Identified, App, ApiError, SignedRequest};
use crate::{
	authz::{authorize, Permit, Question},
	log::Draft,
	records::{self, state::AlarmToRaise, Asked, Served},
};
use medrec_protocol::{seal, wire::{Answer, AnswerField, AnswerTemplate, BlockRef, ErrorCode, Outcome, QueryRequest, QueryResponse, Sealed, SignedReceipt}};
use medrec_primitives::{access::Fields, identity::EncryptionKey, record::FieldNumber, H256};
use std::collections::BTreeSet;

impl App {
	/// Serves a record, or the part of it that the requester may see. Whoever the chain knows is
	/// given a receipt, of a refusal too.
	pub async fn query(&self, request: SignedRequest) -> Result<QueryResponse, ApiError> {
		request.require_json()?;
		let who = self.identify(&request).await?;
		let asked: QueryRequest = serde_json::from_slice(&request.body)
			.map_err(|_| ApiError::from(ErrorCode::MalformedRequest))?;
		match self.answer(&who, &asked).await {
			Ok(answer) => {
				let fields = answer.fields.iter().map(|field| field.number).collect();
				let decided_at = answer.decided_at;
				let receipt =
					self.receipt(&who, &asked, Outcome::Permit, fields, decided_at).await?;
				respond(&who, answer, receipt)
			},
			Err(refusal) => {
				let outcome = Outcome::Refused(refusal.code);
				let decided_at = who.fresh.finalized.into();
				let receipt = self.receipt(&who, &asked, outcome, Vec::new(), decided_at).await?;
				Err(ApiError { receipt: Some(Box::new(receipt)), ..refusal })
			},
		}
	}

	async fn answer(&self, who: &Identified, asked: &QueryRequest) -> Result<Answer, ApiError> {
		// What cannot be sealed is not served, and no receipt may say that it was.
		if let Some(key) = &who.requester.encryption_key {
			seal_to(key, &who.request, &[])?;
		}
		let question = Question {
			requester: who.requester.subject,
			record: asked.record,
			purpose: asked.purpose,
			fields: named(asked)?,
		};
		let permit = self.decide(&question, asked)?;
		let served = self.fetch(asked, &permit).await?;
		let numbers = shown(&question, &permit, &served)?;
		// The database took its time: what was taken back meanwhile is not served, nor anything if the
		// chain is not heard any more.
		self.fresh()?;
		let again = self.decide(&question, asked)?;
		if !numbers.iter().all(|number| again.fields.contains(*number)) {
			return Err(ErrorCode::AccessRevoked.into());
		}
		assemble(asked, &permit, &served, &numbers).ok_or_else(|| ErrorCode::Internal.into())
	}

	fn decide(&self, question: &Question, asked: &QueryRequest) -> Result<Permit, ApiError> {
		let case = self.parts.facts.case(&question.requester, &asked.relationship);
		let case = case.ok_or(ErrorCode::ChainStale)?;
		authorize(question, &case, clock::now()).map_err(ApiError::from)
	}

	/// The whole record, checked against its commitment.
	async fn fetch(&self, asked: &QueryRequest, permit: &Permit) -> Result<Served, ApiError> {
		let record = Asked {
			relationship: &asked.relationship,
			patient: &permit.patient,
			record: &asked.record,
			version: permit.pointer.version,
			pointer: &permit.pointer.pointer,
			commitment: &permit.pointer.commitment,
		};
		let super::Parts { state, ehr, templates, .. } = &self.parts;
		match records::serve(state, ehr, templates, &record).await {
			Ok(served) => Ok(served),
			Err(error) => {
				if error.is_alarming() {
					let alarm = AlarmToRaise {
						relationship: asked.relationship,
						record: asked.record,
						version: permit.pointer.version,
					};
					self.alarm(&alarm).await?;
				}
				if let records::Error::OtherPatient(_) = error {
					tracing::error!(
						target: "medrec::records",
						record = ?asked.record,
						"the relationship of a record is linked to a local patient who is not the one \
						 that the chain names; nothing of it is served"
					);
				}
				Err(error.into())
			},
		}
	}

	async fn receipt(
		&self,
		who: &Identified,
		asked: &QueryRequest,
		decision: Outcome,
		fields: Vec<FieldNumber>,
		decided_at: BlockRef,
	) -> Result<SignedReceipt, ApiError> {
		let draft = Draft {
			request: who.request,
			requester: who.requester.subject,
			relationship: asked.relationship,
			record: asked.record,
			purpose: asked.purpose,
			decision,
			fields,
			decided_at,
			at: who.now,
			gatekeeper: who.fresh.device,
		};
		Ok(self.parts.log.issue(draft).await?)
	}
}

/// The fields that the request names.
fn named(asked: &QueryRequest) -> Result<Option<BTreeSet<FieldNumber>>, ApiError> {
	match &asked.fields {
		None => Ok(None),
		Some(fields) if fields.is_empty() => Err(ApiError::with(
			ErrorCode::MalformedRequest,
			"name at least one field, or leave it out",
		)),
		Some(fields) => Ok(Some(fields.iter().copied().collect())),
	}
}

/// The numbers of the fields to show: those permitted that the template has.
fn shown(
	question: &Question,
	permit: &Permit,
	served: &Served,
) -> Result<Vec<FieldNumber>, ApiError> {
	let count = FieldNumber::try_from(served.fields.len()).unwrap_or(FieldNumber::MAX);
	let named = question.fields.iter().flatten();
	if named.copied().any(|number| number >= count) {
		let message =
			format!("a record of this kind has the fields 0 to {}", count.saturating_sub(1));
		return Err(ApiError::with(ErrorCode::MalformedRequest, message));
	}
	let numbers: Vec<_> = match &permit.fields {
		Fields::All => (0..count).collect(),
		Fields::Only(numbers) => numbers.range(..count).copied().collect(),
	};
	match numbers.is_empty() {
		true => Err(ErrorCode::NotPermitted.into()),
		false => Ok(numbers),
	}
}

/// Takes the numbered fields, and no others, out of the record. None if they are not there.
fn assemble(
	asked: &QueryRequest,
	permit: &Permit,
	served: &Served,
	numbers: &[FieldNumber],
) -> Option<Answer> {
	let public = served.template.public();
	let field = |number: &FieldNumber| {
		let position = usize::from(*number);
		Some(AnswerField {
			number: *number,
			name: public.field(*number)?.name.clone(),
			value: served.fields.get(position)?.clone(),
			salt: H256(*served.salts.get(position)?),
		})
	};
	Some(Answer {
		relationship: asked.relationship,
		record: asked.record,
		version: permit.pointer.version,
		commitment: permit.pointer.commitment,
		template: AnswerTemplate {
			public: public.clone(),
			private: served.template.private_hash(),
		},
		fields: numbers.iter().map(field).collect::<Option<_>>()?,
		proof: served.tree.prove(numbers).ok()?,
		decided_at: permit.decided_at,
		until: permit.until,
	})
}

/// The answer, sealed if the requester has an encryption key.
fn respond(
	who: &Identified,
	answer: Answer,
	receipt: SignedReceipt,
) -> Result<QueryResponse, ApiError> {
	let plain = QueryResponse::Plain { answer: Box::new(answer), receipt };
	let Some(key) = &who.requester.encryption_key else { return Ok(plain) };
	let text = serde_json::to_vec(&plain).map_err(|_| ApiError::from(ErrorCode::Internal))?;
	Ok(QueryResponse::Sealed { sealed: seal_to(key, &who.request, &text)? })
}

/// Seals `text` to a requester, for one request. Whether that works depends on the key alone.
fn seal_to(key: &EncryptionKey, request: &H256, text: &[u8]) -> Result<Sealed, ApiError> {
	seal::seal(key, request, text).map_err(|_| {
		ApiError::with(
			ErrorCode::MalformedRequest,
			"the encryption key that is registered for you cannot be used; set another",
		)
	})
}
