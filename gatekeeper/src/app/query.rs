//! Serving records.

use super::{identify::Identified, ApiError, App, Services, SignedRequest};
use crate::{
	authz::{self, AccessRequest, Permit},
	records::{self, RecordRequest, RecordVersion, Served},
};
use medrec_client::now;
use medrec_primitives::{access::Fields, identity::EncryptionKey, record::FieldNumber};
use medrec_protocol::{
	seal,
	wire::{
		Answer, AnswerField, AnswerTemplate, ErrorCode, Outcome, QueryRequest, QueryResponse,
		Receipt, RequestHash, Sealed, SignedReceipt,
	},
};
use std::collections::BTreeSet;

impl App {
	/// Serves a record, or the part of it that the requester may see. Every query of a subject that is
	/// known to the chain leaves a receipt, also a refused one. A body that is not a query leaves none.
	pub async fn query(&self, request: SignedRequest) -> Result<QueryResponse, ApiError> {
		request.require_json()?;
		let who = self.identify(&request).await?;
		let query: QueryRequest = serde_json::from_slice(&request.body)
			.map_err(|_| ApiError::from(ErrorCode::MalformedRequest))?;
		let answered = self.answer(&who, &query).await;
		let (decision, fields, decided_at) = match &answered {
			Ok(answer) => {
				let fields = answer.fields.iter().map(|field| field.number).collect();
				(Outcome::Permit, fields, answer.decided_at)
			},
			Err(error) => (Outcome::Refused(error.code), Vec::new(), who.fresh.finalized.into()),
		};
		let receipt = Receipt {
			// The log assigns the sequence number.
			sequence: 0,
			request: who.request,
			requester: who.requester.subject,
			relationship: query.relationship,
			record: query.record,
			purpose: query.purpose,
			decision,
			fields,
			decided_at,
			at: who.now,
			gatekeeper: who.fresh.device,
		};
		let receipt = self.services.log.issue(receipt).await?;
		match answered {
			Ok(answer) => respond(&who, answer, receipt),
			Err(error) => Err(ApiError { receipt: Some(Box::new(receipt)), ..error }),
		}
	}

	async fn answer(&self, who: &Identified, query: &QueryRequest) -> Result<Answer, ApiError> {
		// An answer that cannot be sealed is not served, and no receipt may say that it was.
		if let Some(key) = &who.requester.encryption_key {
			seal_to(key, who.request, &[])?;
		}
		let request = AccessRequest {
			requester: who.requester.subject,
			record: query.record,
			purpose: query.purpose,
			fields: requested_fields(query)?,
		};
		let permit = self.permit(&request, query).await?;
		let served = self.fetch(query, &permit).await?;
		let numbers = readable_fields(&request, &permit, &served)?;
		// The read took time: the decision must still hold.
		let again = self.permit(&request, query).await?;
		if !numbers.iter().all(|number| again.fields.contains(*number)) {
			return Err(ErrorCode::AccessRevoked.into());
		}
		assemble(query, &permit, &served, &numbers).ok_or_else(|| ErrorCode::Internal.into())
	}

	/// The permit, if a fresh view of the chain permits the request and the link of the relationship
	/// matches the chain.
	async fn permit(
		&self,
		request: &AccessRequest,
		query: &QueryRequest,
	) -> Result<Permit, ApiError> {
		let Services { state, chain, .. } = &self.services;
		let relationship = &query.relationship;
		let linked = state.patient_of(relationship).await?;
		self.fresh()?;
		let context = chain.context(&request.requester, relationship);
		let permit = authz::permit(request, &context.ok_or(ErrorCode::ChainStale)?, now())?;
		match linked {
			Some(patient) if self.check_link(relationship, &patient, &permit.patient) => Ok(permit),
			_ => Err(ErrorCode::NotFound.into()),
		}
	}

	/// The whole record, after its commitment is checked against the chain.
	async fn fetch(&self, query: &QueryRequest, permit: &Permit) -> Result<Served, ApiError> {
		let Services { state, ehr, templates, .. } = &self.services;
		let QueryRequest { relationship, record, .. } = query;
		let request = RecordRequest {
			relationship,
			patient: &permit.patient,
			record,
			on_chain: &permit.pointer,
		};
		let served = records::serve(state, ehr.as_ref(), templates, &request).await;
		if served.as_ref().is_err_and(records::Error::is_alarming) {
			let version = permit.pointer.version;
			let alarm = RecordVersion { relationship: *relationship, record: *record, version };
			self.alarm(&alarm, &permit.pointer.pointer.template).await?;
		}
		Ok(served?)
	}
}

/// The fields that the query names, `None` for all.
fn requested_fields(query: &QueryRequest) -> Result<Option<BTreeSet<FieldNumber>>, ApiError> {
	let fields = query.fields.as_ref().map(|fields| fields.iter().copied().collect());
	match fields.as_ref().is_some_and(BTreeSet::is_empty) {
		true => Err(ApiError::with(
			ErrorCode::MalformedRequest,
			"name at least one field, or leave `fields` out",
		)),
		false => Ok(fields),
	}
}

/// The numbers of the permitted fields that the template has.
fn readable_fields(
	request: &AccessRequest,
	permit: &Permit,
	served: &Served,
) -> Result<Vec<FieldNumber>, ApiError> {
	let count = FieldNumber::try_from(served.fields.len()).unwrap_or(FieldNumber::MAX);
	if request.fields.iter().flatten().any(|number| *number >= count) {
		let last = count.saturating_sub(1);
		let message = format!("a record of this template has the fields 0 to {last}");
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

/// The answer with these fields of the record and no others, `None` if the record lacks one of them.
fn assemble(
	query: &QueryRequest,
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
			salt: *served.salts.get(position)?,
		})
	};
	Some(Answer {
		relationship: query.relationship,
		record: query.record,
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

/// The response, sealed if the requester has an encryption key.
fn respond(
	who: &Identified,
	answer: Answer,
	receipt: SignedReceipt,
) -> Result<QueryResponse, ApiError> {
	let plain = QueryResponse::Plain { answer: Box::new(answer), receipt };
	let Some(key) = &who.requester.encryption_key else { return Ok(plain) };
	let text = serde_json::to_vec(&plain).map_err(|_| ApiError::from(ErrorCode::Internal))?;
	Ok(QueryResponse::Sealed { sealed: seal_to(key, who.request, &text)? })
}

/// Seals `text` to a requester, for one request. Only a key of low order makes it fail.
fn seal_to(key: &EncryptionKey, request: RequestHash, text: &[u8]) -> Result<Sealed, ApiError> {
	seal::seal(key, request, text).map_err(|_| {
		ApiError::with(
			ErrorCode::MalformedRequest,
			"your registered encryption key cannot be used; register another one",
		)
	})
}
