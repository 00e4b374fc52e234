//! `medrec ppr grant` and `deny`.

use super::{
	scope::{FoundRecord, PeriodArgs, ResolvedScope, ScopeArgs},
	warnings::{self, doubtful_grantee, unknown_category, unknown_fields},
};
use crate::{
	context::{self, from_event, Session, Submitted},
	failure::Result,
	grants::{denials, overriding, time_of_grants, NamedGrant, Overridden, Records},
	output::{Output, Report},
	page::{Cell, Page},
	parse::Party,
	purpose,
	text::{and, short, when},
};
use clap::Args;
use medrec_client::chain::PprCall;
use medrec_primitives::{
	identity::SubjectId,
	relationship::{Effect, Grant, GrantId, Grantee, Purpose, Relationship, RelationshipId, Scope},
	Moment,
};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
pub struct PermitArgs {
	#[command(flatten)]
	grant: GrantArgs,
	/// The purposes, as treatment or payment.
	///
	/// In words or as HL7 codes: treatment (TREAT), emergency-treatment (ETREAT), break-the-glass (BTG),
	/// payment (HPAYMT), operations (HOPERAT), research (HRESCH), own-request (PATRQT, the patient's own
	/// request), family-request (FAMRQT). The grantee states one of them with each request.
	#[arg(long, required = true, num_args = 1.., value_delimiter = ',',
		value_parser = purpose::parse)]
	purpose: Vec<Purpose>,
}

/// What a permission and a denial have in common.
#[derive(Debug, Args)]
pub struct GrantArgs {
	/// The grantee, by name, address or ID.
	#[arg(long, value_name = "NAME|ID")]
	to: Party,
	#[command(flatten)]
	scope: ScopeArgs,
	#[command(flatten)]
	period: PeriodArgs,
}

/// What a new permission or denial prints.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct GrantReport {
	#[serde(flatten)]
	named: NamedGrant,
	/// The relationship.
	relationship: RelationshipId,
	/// The provider that keeps the records.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// The covered records, if a text was searched.
	found: Vec<FoundRecord>,
	/// The first moment at which it is in force, in Unix milliseconds; none if it begins at once.
	not_before: Option<Moment>,
	/// The permissions that a denial overrides.
	overrides: Vec<GrantId>,
	/// What may be a mistake.
	warnings: Vec<String>,
}

impl GrantReport {
	/// Who may see or not see what, why and when, in one sentence.
	fn sentence(&self) -> String {
		let from = self.not_before.map(|start| format!(", from {}", when(start)));
		let until = match self.named.expires_at {
			Some(end) => format!(", until {}", when(end)),
			None => ", for as long as the relationship lasts".to_owned(),
		};
		let done = match self.named.effect {
			Effect::Permit => "Permitted",
			Effect::Deny => "Denied",
		};
		format!(
			"{done}: {} {}, kept by {}{}{until}.",
			self.named.grantee_name,
			self.named.words(),
			self.provider_name,
			from.unwrap_or_default()
		)
	}

	fn overridden_text(&self) -> Option<String> {
		let NamedGrant { grantee_name, overridden, overridden_by, .. } = &self.named;
		let by = denials(overridden_by);
		let (extent, seen) = match overridden {
			Overridden::Not => return None,
			Overridden::Partly => ("in part", "see only what is not denied"),
			Overridden::Wholly => ("wholly", "see nothing of it"),
		};
		let revoke = overridden_by.iter();
		let revoke = revoke.map(|id| format!("medrec ppr revoke --grant {}", short(id)));
		Some(format!(
			"But {by} overrides it {extent}: {grantee_name} may {seen}, until you revoke what you \
			 denied: {}",
			Vec::from_iter(revoke).join("; ")
		))
	}
}

impl Report for GrantReport {
	fn page(&self) -> Page {
		let mut page = Page::of(self.sentence());
		if !self.found.is_empty() {
			let rows = self.found.iter().map(|found| {
				[
					Cell::maybe(found.date.as_ref(), Cell::word),
					Cell::words(&found.what),
					Cell::maybe(found.value.as_ref(), Cell::words),
					Cell::id(found.record),
				]
			});
			page = page.table("Records found", ["date", "what", "value", "record"], rows);
		}
		let (kind, counts) = match self.named.effect {
			Effect::Permit => ("permission", "A permission counts once its block is final."),
			Effect::Deny => ("denial", "A denial counts as soon as a block holds it."),
		};
		page = page.line(format!("The {kind} is {}.", self.named.grant));
		if let Some(text) = self.overridden_text() {
			page = page.alert(text);
		}
		if !self.overrides.is_empty() {
			let permissions = and(&self.overrides);
			page = page.line(format!("It overrides what you permitted before: {permissions}."));
		}
		page.line(counts)
	}
}

pub(super) async fn permit(session: &Session<'_>, args: PermitArgs) -> Result<Output> {
	let purposes = BTreeSet::from_iter(args.purpose);
	give(session, args.grant, Effect::Permit, purposes).await
}

pub(super) async fn deny(session: &Session<'_>, args: GrantArgs) -> Result<Output> {
	give(session, args, Effect::Deny, BTreeSet::new()).await
}

/// Gives a permission for purposes, or a denial without purposes.
async fn give(
	session: &Session<'_>,
	args: GrantArgs,
	effect: Effect,
	purposes: BTreeSet<Purpose>,
) -> Result<Output> {
	let GrantArgs { to, scope, period } = args;
	let subject = session.resolve(&to).await?;
	let grantee = Grantee::Subject(subject);
	let resolved = scope.resolve(session).await?;
	let (relationship, scope) = (resolved.relationship, resolved.scope.clone());
	let found = context::relationship(session.at(), relationship).await?;
	let now = time_of_grants(session.at()).await?;
	let (not_before, expires_at) = period.bounds(now);
	let given = Grant {
		grantee,
		effect,
		scope: scope.clone(),
		// All purposes fit.
		purposes: purposes.clone().try_into().unwrap_or_default(),
		not_before: not_before.unwrap_or(now),
		expires_at,
		given_at: now,
	};
	let mut report = describe(session, &resolved, &found, subject, &given).await?;
	report.not_before = not_before;
	let (call, event) = match effect {
		Effect::Permit => {
			let call =
				PprCall::grant { relationship, grantee, scope, purposes, not_before, expires_at };
			(call, "Granted")
		},
		Effect::Deny => {
			(PprCall::deny { relationship, grantee, scope, not_before, expires_at }, "Denied")
		},
	};
	warnings::show(session.context, &report.warnings);
	let included = session.submit(call).await?;
	report.named.grant = from_event(&included, "Ppr", event, "grant")?;
	Ok(Output::of(&Submitted::new(&included, report)))
}

/// The report on a grant that is about to be given, without its ID.
async fn describe(
	session: &Session<'_>,
	resolved: &ResolvedScope,
	relationship: &Relationship,
	subject: SubjectId,
	given: &Grant,
) -> Result<GrantReport> {
	let ResolvedScope { relationship: id, scope, names, found, warnings, .. } = resolved;
	let at = session.at();
	let mut directory = session.directory().await?;
	let provider_name = directory.name(relationship.provider).await?;
	let present = Records::from_iter(at.records(*id).await?);
	let others = at.grants_to(*id, given.grantee).await?;
	let (of, now) = ((GrantId::default(), given), given.given_at);
	let named = NamedGrant::of(&mut directory, names, &present, of, &others, now).await?;
	let overrides = match given.effect {
		Effect::Permit => Vec::new(),
		Effect::Deny => {
			let denial = [(GrantId::default(), given.clone())];
			let is_overridden = |grant: &Grant| {
				let (extent, _) = overriding(grant, &denial, &present, now);
				extent != Overridden::Not
			};
			let permissions = others.iter().filter(|(_, grant)| is_overridden(grant));
			permissions.map(|(id, _)| *id).collect()
		},
	};
	let mut warnings = warnings.clone();
	if let Scope::Category(category) = scope {
		warnings.extend(unknown_category(names, present.values(), &provider_name, *category));
	}
	warnings.extend(unknown_fields(resolved));
	warnings.extend(doubtful_grantee(session, relationship, subject, &named.grantee_name).await?);
	Ok(GrantReport {
		named,
		relationship: *id,
		provider: relationship.provider,
		provider_name,
		found: found.clone(),
		not_before: None,
		overrides,
		warnings,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{grants::fixture, style::Style};
	use medrec_primitives::record::RecordId;

	fn report() -> GrantReport {
		GrantReport {
			named: fixture::named(),
			relationship: RelationshipId::default(),
			provider: SubjectId::default(),
			provider_name: "hospital-a".into(),
			found: Vec::new(),
			not_before: None,
			overrides: Vec::new(),
			warnings: Vec::new(),
		}
	}

	fn text(report: &GrantReport) -> String {
		report.page().render(&Style::PIPE)
	}

	#[test]
	fn a_permission_says_who_what_why_and_when() {
		let expected = "Permitted: dr-weber may see the records of the category laboratory for \
			treatment, kept by hospital-a, until 1970-01-01T00:00:09Z.\n";
		assert!(text(&report()).starts_with(expected), "{}", text(&report()));
		assert!(text(&report()).contains("counts once its block is final"));
		let named = NamedGrant { expires_at: None, ..fixture::named() };
		let later = GrantReport { named, not_before: Some(5000), ..report() };
		let text = text(&later);
		assert!(text.contains(", from 1970-01-01T00:00:05Z, for as long as"), "{text}");
	}

	#[test]
	fn a_permission_that_is_overridden_says_by_which_denial_and_how_to_revoke_it() {
		let named = NamedGrant {
			overridden: Overridden::Wholly,
			overridden_by: vec![GrantId::repeat_byte(0xab)],
			..fixture::named()
		};
		let text = text(&GrantReport { named, ..report() });
		let denial = GrantId::repeat_byte(0xab);
		let expected =
			format!("the denial {denial} overrides it wholly: dr-weber may see nothing of it");
		assert!(text.contains(&expected), "{text}");
		assert!(text.contains("medrec ppr revoke --grant 0xabababab"), "{text}");
	}

	#[test]
	fn a_denial_says_which_permissions_it_overrides() {
		let named = NamedGrant { effect: Effect::Deny, ..fixture::named() };
		let overrides = vec![GrantId::repeat_byte(0xcd)];
		let text = text(&GrantReport { named, overrides, ..report() });
		assert!(
			text.starts_with(
				"Denied: dr-weber may see none of the records of the category laboratory"
			),
			"{text}"
		);
		let overridden = GrantId::repeat_byte(0xcd);
		let expected = format!("It overrides what you permitted before: {overridden}.");
		assert!(text.contains(&expected), "{text}");
	}

	#[test]
	fn found_records_are_shown_with_what_they_are() {
		let found = FoundRecord {
			record: RecordId::repeat_byte(2),
			date: Some("2026-03-01".into()),
			what: "Glucose".into(),
			value: Some("5.4 mmol/L".into()),
		};
		let text = text(&GrantReport { found: vec![found], ..report() });
		assert!(text.contains("2026-03-01\tGlucose\t5.4 mmol/L\t0x02"), "{text}");
	}
}
