//! `medrec ppr grant` and `deny`.

use super::{
	scope::{FoundRecord, PeriodArgs, ResolvedScope, ScopeArgs},
	warnings::{doubtful_grantee, unknown_category, unknown_fields},
};
use crate::{
	context::{self, from_event, Session, Submitted},
	failure::Result,
	grants::{
		denials, overriding, says, time_of_grants, GrantGrantee, GrantScope, Overridden, Records,
	},
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
	/// The grant.
	grant: GrantId,
	/// The relationship.
	relationship: RelationshipId,
	/// The provider that keeps the records.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// `permit` or `deny`.
	#[schema(value_type = String)]
	effect: Effect,
	/// To whom it is given.
	grantee: GrantGrantee,
	/// The name of the grantee.
	grantee_name: String,
	/// The records that it covers.
	scope: GrantScope,
	/// The covered records, if a text was searched.
	found: Vec<FoundRecord>,
	/// The purposes, as HL7 codes; none for a denial, which counts for all.
	#[schema(value_type = Vec<String>)]
	purposes: Vec<Purpose>,
	/// The purposes in words.
	purposes_name: String,
	/// The first moment at which it is in force, in Unix milliseconds; none if it begins at once.
	not_before: Option<Moment>,
	/// The first moment at which it is no longer in force; none if it does not end.
	expires_at: Option<Moment>,
	/// Whether denials override a permission; `not` for a denial.
	overridden: Overridden,
	/// The denials that override a permission.
	overridden_by: Vec<GrantId>,
	/// The permissions that a denial overrides.
	overrides: Vec<GrantId>,
	/// What may be a mistake.
	warnings: Vec<String>,
}

impl GrantReport {
	/// Who may see or not see what, why and when, in one sentence.
	fn sentence(&self) -> String {
		let from = self.not_before.map(|start| format!(", from {}", when(start)));
		let until = match self.expires_at {
			Some(end) => format!(", until {}", when(end)),
			None => ", for as long as the relationship lasts".to_owned(),
		};
		let says = says(self.effect, &self.scope, &self.purposes_name);
		let done = match self.effect {
			Effect::Permit => "Permitted",
			Effect::Deny => "Denied",
		};
		format!(
			"{done}: {} {says}, kept by {}{}{until}.",
			self.grantee_name,
			self.provider_name,
			from.unwrap_or_default()
		)
	}

	fn overridden_text(&self) -> Option<String> {
		let by = denials(&self.overridden_by);
		let (extent, seen) = match self.overridden {
			Overridden::Not => return None,
			Overridden::Partly => ("in part", "see only what is not denied"),
			Overridden::Wholly => ("wholly", "see nothing of it"),
		};
		let revoke = self.overridden_by.iter();
		let revoke = revoke.map(|id| format!("medrec ppr revoke --grant {}", short(id)));
		Some(format!(
			"But {by} overrides it {extent}: {} may {seen}, until you revoke what you denied: {}",
			self.grantee_name,
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
		let kind = match self.effect {
			Effect::Permit => "permission",
			Effect::Deny => "denial",
		};
		page = page.line(format!("The {kind} is {}.", self.grant));
		if let Some(text) = self.overridden_text() {
			page = page.alert(text);
		}
		if !self.overrides.is_empty() {
			let permissions = and(self.overrides.iter().map(short));
			page = page.line(format!("It overrides what you permitted before: {permissions}."));
		}
		page = self.warnings.iter().fold(page, Page::alert);
		page.line(match self.effect {
			Effect::Permit => "A permission counts once its block is final.",
			Effect::Deny => "A denial counts as soon as a block holds it.",
		})
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
	let (id, scope) = (resolved.relationship, resolved.scope.clone());
	let relationship = context::relationship(session.at(), id).await?;
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
	let mut report = describe(session, &resolved, &relationship, subject, &given).await?;
	report.not_before = not_before;
	let (call, event) = match effect {
		Effect::Permit => {
			let relationship = id;
			let call =
				PprCall::grant { relationship, grantee, scope, purposes, not_before, expires_at };
			(call, "Granted")
		},
		Effect::Deny => {
			let relationship = id;
			(PprCall::deny { relationship, grantee, scope, not_before, expires_at }, "Denied")
		},
	};
	let included = session.submit(call).await?;
	report.grant = from_event(&included, "Ppr", event, "grant")?;
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
	let ResolvedScope { relationship: id, scope, names, records, found, warnings } = resolved;
	let at = session.at();
	let mut directory = session.directory().await?;
	let provider_name = directory.name(relationship.provider).await?;
	let grantee_name = directory.name(subject).await?;
	let present = Records::from_iter(at.records(*id).await?);
	let others = at.grants_to(*id, given.grantee).await?;
	let (overridden, overridden_by) = overriding(given, &others, &present, given.given_at);
	let overrides = match given.effect {
		Effect::Permit => Vec::new(),
		Effect::Deny => {
			let denial = [(GrantId::default(), given.clone())];
			let is_overridden = |grant: &Grant| {
				let (extent, _) = overriding(grant, &denial, &present, given.given_at);
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
	warnings.extend(doubtful_grantee(session, relationship, subject, &grantee_name).await?);
	Ok(GrantReport {
		grant: GrantId::default(),
		relationship: *id,
		provider: relationship.provider,
		provider_name,
		effect: given.effect,
		grantee: given.grantee.into(),
		grantee_name,
		scope: GrantScope::of(scope, names, records),
		found: found.clone(),
		purposes: given.purposes.iter().copied().collect(),
		purposes_name: purpose::list(&given.purposes),
		not_before: None,
		expires_at: given.expires_at,
		overridden,
		overridden_by,
		overrides,
		warnings,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{catalogue::fixture, style::Style};
	use medrec_primitives::record::RecordId;

	fn report() -> GrantReport {
		GrantReport {
			grant: GrantId::repeat_byte(1),
			relationship: RelationshipId::default(),
			provider: SubjectId::default(),
			provider_name: "hospital-a".into(),
			effect: Effect::Permit,
			grantee: GrantGrantee::Subject(SubjectId::default()),
			grantee_name: "dr-weber".into(),
			scope: GrantScope::Category {
				category: fixture::LABORATORY,
				category_name: Some("laboratory".into()),
			},
			found: Vec::new(),
			purposes: vec![Purpose::Treat],
			purposes_name: "treatment".into(),
			not_before: None,
			expires_at: Some(9000),
			overridden: Overridden::Not,
			overridden_by: Vec::new(),
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
		let later = GrantReport { not_before: Some(5000), expires_at: None, ..report() };
		let text = text(&later);
		assert!(text.contains(", from 1970-01-01T00:00:05Z, for as long as"), "{text}");
	}

	#[test]
	fn a_permission_that_is_overridden_says_by_which_denial_and_how_to_revoke_it() {
		let overridden = GrantReport {
			overridden: Overridden::Wholly,
			overridden_by: vec![GrantId::repeat_byte(0xab)],
			..report()
		};
		let text = text(&overridden);
		assert!(
			text.contains(
				"the denial 0xabababab overrides it wholly: dr-weber may see nothing of it"
			),
			"{text}"
		);
		assert!(text.contains("medrec ppr revoke --grant 0xabababab"), "{text}");
	}

	#[test]
	fn a_denial_says_which_permissions_it_overrides() {
		let denial = GrantReport {
			effect: Effect::Deny,
			overrides: vec![GrantId::repeat_byte(0xcd)],
			..report()
		};
		let text = text(&denial);
		assert!(
			text.starts_with(
				"Denied: dr-weber may see none of the records of the category laboratory"
			),
			"{text}"
		);
		assert!(text.contains("It overrides what you permitted before: 0xcdcdcdcd."), "{text}");
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
