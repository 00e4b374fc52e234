//! What the verification of an answer says.

use super::{AnswerVerification, ReceiptLog};
use crate::{
	failure::Failure,
	page::Page,
	text::{clean, when},
};

impl AnswerVerification {
	/// What is proven, what is not, and whose word it rests on.
	pub fn page(&self) -> Page {
		let page = Page::default()
			.line(self.content())
			.line(self.request())
			.maybe_line(self.sealed.map(|sealed| match sealed {
				true => "The answer came sealed to the encryption key of the requester.",
				false => "The answer came unsealed: the requester has no encryption key on chain.",
			}))
			.maybe_line(self.amended());
		let page = match &self.log {
			ReceiptLog::Missing { .. } => page.alert(self.log_words()),
			_ => page.line(self.log_words()),
		};
		let page = match self.access.permitted {
			true => page.line(clean(&self.access.words)),
			false => page.alert(clean(&self.access.words)),
		};
		page.line(trust(&self.node))
	}

	/// What the commitment proves.
	fn content(&self) -> String {
		let which = match self.fields == usize::from(self.field_count) {
			true => format!("all {} fields", self.fields),
			false => format!("{} of the {} fields", self.fields, self.field_count),
		};
		format!(
			"Verified: these are {which}, with names and values, of version {} of the record {} to \
			 which {} committed on chain (block {}).",
			self.version, self.record, self.provider_name, self.block.number
		)
	}

	/// What the receipt proves.
	fn request(&self) -> String {
		format!(
			"Verified: the gatekeeper of {} signed that {} requested them on {}, with the stated purpose \
			 {} ({}), and got them (receipt {}).",
			self.provider_name,
			self.requester_name,
			when(self.at),
			self.purpose_name,
			self.purpose.code(),
			self.receipt
		)
	}

	fn log_words(&self) -> String {
		let (receipt, provider) = (self.receipt, &self.provider_name);
		match &self.log {
			ReceiptLog::Anchored { at } => format!(
				"Verified: receipt {receipt} is in the access log that {provider} anchored on chain on {}.",
				when(*at)
			),
			ReceiptLog::NotYet => {
				format!("Receipt {receipt} is not in the anchored access log of {provider} yet.")
			},
			ReceiptLog::Missing { reason } => format!(
				"Receipt {receipt} is NOT in the anchored access log of {provider}, where its number \
				 belongs: {reason}."
			),
			ReceiptLog::Unknown { reason } => format!(
				"Whether receipt {receipt} is in the anchored access log of {provider} is not known: \
				 {reason}."
			),
		}
	}

	fn amended(&self) -> Option<String> {
		match self.latest_version {
			Some(latest) if latest > self.version => Some(format!(
				"The record has been amended since: version {latest} is on chain now."
			)),
			Some(_) => None,
			None => Some("The chain has no such record any more.".to_owned()),
		}
	}

	/// The failure of an answer whose receipt is not where it belongs.
	pub fn problem(&self) -> Option<Failure> {
		self.log.contradicts().then(|| Failure::unverified("receipt_not_in_log", self.log_words()))
	}
}

/// The sentence about whose word a verification rests on.
pub fn trust(node: &str) -> String {
	format!(
		"What is on chain is the word of the node {node}. With a node of your own, you trust no other \
		 party for it."
	)
}
