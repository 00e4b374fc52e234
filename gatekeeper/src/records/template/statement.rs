//! From a template's query to the statements that the gatekeeper runs.

use super::{
	expression::Checker,
	file::SUBJECT,
	syntax::{self, check_columns, conjuncts, parse, parse_constant, relation, subject_of},
	PrivateTemplate, TemplateError,
};
use crate::records::Scalar;
use medrec_protocol::template::PublicTemplate;
use sqlparser::ast::{Expr, Select, SelectItem, SetExpr, Statement as Parsed, TableWithJoins};
use std::{collections::BTreeSet, sync::Arc};

/// What is bound to a placeholder of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Bind {
	/// The patient's local ID.
	Subject,
	/// The handle of the row that is asked for.
	Handle,
	/// The changed column of the last row that was read.
	AfterChanged,
	/// The handle of the last row that was read.
	AfterHandle,
	/// How many rows are read.
	Limit,
	/// The value of a parameter.
	Constant(Scalar),
}

/// A statement whose placeholders are `?1`, `?2` and so on.
#[derive(Clone, Debug)]
pub struct Statement {
	/// Its text, printed from a checked syntax tree.
	pub sql: Arc<str>,
	/// What is bound, in order.
	pub binds: Vec<Bind>,
}

/// The statements of one template. All but `last` give the fields, the handle and the changed
/// column.
#[derive(Clone, Debug)]
pub struct Statements {
	/// One row of one patient.
	pub one: Statement,
	/// The rows of one patient after a position, in the order of the changed column.
	pub page_of_subject: Statement,
	/// The rows of all patients after a position, with the subject column after the others.
	pub page: Statement,
	/// The changed column and the handle of the last row.
	pub last: Statement,
}

impl Statements {
	/// Checks the query of a template and derives what the gatekeeper runs.
	pub fn derive(
		public: &PublicTemplate,
		private: &PrivateTemplate,
	) -> Result<Statements, TemplateError> {
		let select = parse(private.dialect, &private.query)?;
		check_columns(&select, public, private)?;
		let query = Plain::new(&select, private)?;
		let statements = Statements {
			one: query.one()?,
			page_of_subject: query.page(true)?,
			page: query.page(false)?,
			last: query.last()?,
		};
		let used: BTreeSet<_> = query.used()?;
		match private.parameters.keys().find(|name| !used.contains(*name)) {
			Some(unused) => Err(TemplateError::Unused(unused.clone())),
			None => Ok(statements),
		}
	}
}

/// The parts of a SELECT that has nothing but these.
struct Plain<'a> {
	private: &'a PrivateTemplate,
	columns: Vec<Expr>,
	from: Vec<TableWithJoins>,
	subject: Expr,
	conditions: Vec<Expr>,
}

impl<'a> Plain<'a> {
	fn new(select: &Select, private: &'a PrivateTemplate) -> Result<Self, TemplateError> {
		let Parsed::Query(empty) = parse_constant()? else {
			return Err(TemplateError::NotPlain("something unknown"));
		};
		let SetExpr::Select(mut empty) = *empty.body else {
			return Err(TemplateError::NotPlain("something unknown"));
		};
		empty.projection = select.projection.clone();
		empty.from = select.from.clone();
		empty.selection = select.selection.clone();
		if *empty != *select {
			return Err(TemplateError::NotPlain("DISTINCT, GROUP BY, a window or the like"));
		}

		let columns = select.projection.iter().filter_map(|item| match item {
			SelectItem::UnnamedExpr(column) | SelectItem::ExprWithAlias { expr: column, .. } => {
				Some(column.clone())
			},
			_ => None,
		});
		let missing = || TemplateError::SubjectMissing(private.subject_column.clone());
		let mut conditions = conjuncts(select.selection.as_ref().ok_or_else(missing)?);
		let position = conditions
			.iter()
			.position(|condition| subject_of(condition, &private.subject_column).is_some())
			.ok_or_else(missing)?;
		let subject = subject_of(&conditions.remove(position), &private.subject_column)
			.ok_or_else(missing)?;
		if !private.parameters.contains_key(SUBJECT) {
			return Err(TemplateError::Undeclared(SUBJECT.into()));
		}
		let columns = columns.collect();
		Ok(Plain { private, columns, from: select.from.clone(), subject, conditions })
	}

	fn checker(&self) -> Checker<'a> {
		Checker::new(&self.private.parameters, &self.private.subject_column)
	}

	/// The names of the parameters that the query uses.
	fn used(&self) -> Result<BTreeSet<String>, TemplateError> {
		let mut checker = self.checker();
		for expression in self.columns.iter().chain(&self.conditions) {
			checker.expression(expression)?;
		}
		self.tables(&mut checker)?;
		let mut used = checker.used;
		used.insert(SUBJECT.into());
		Ok(used)
	}

	fn handle_and_changed(&self) -> Result<(&Expr, &Expr), TemplateError> {
		match self.columns.as_slice() {
			[.., handle, changed] => Ok((handle, changed)),
			_ => Err(TemplateError::NotPlain("too few columns")),
		}
	}

	fn one(&self) -> Result<Statement, TemplateError> {
		let (handle, _) = self.handle_and_changed()?;
		let mut checker = self.checker();
		let columns = list(&mut checker, &self.columns)?;
		let tables = self.tables(&mut checker)?;
		let mut conditions = self.conditions(&mut checker)?;
		conditions.push(self.of_subject(&mut checker)?);
		let handle = checker.operand(handle)?;
		conditions.push(format!("({handle} = {})", checker.bind(Bind::Handle)));
		// Two rows suffice to see that a handle is not unique.
		let sql =
			format!("SELECT {columns} FROM {tables} WHERE {} LIMIT 2", conditions.join(" AND "));
		Ok(checker.finish(sql))
	}

	fn page(&self, of_subject: bool) -> Result<Statement, TemplateError> {
		let (handle, changed) = self.handle_and_changed()?;
		let mut checker = self.checker();
		let mut columns = list(&mut checker, &self.columns)?;
		if !of_subject {
			let subject = checker.operand(&self.subject)?;
			columns = format!("{columns}, {subject}");
		}
		let tables = self.tables(&mut checker)?;
		let mut conditions = self.conditions(&mut checker)?;
		if of_subject {
			conditions.push(self.of_subject(&mut checker)?);
		}
		let changed = checker.operand(changed)?;
		let handle = checker.operand(handle)?;
		let [first, second] = [Bind::AfterChanged, Bind::AfterChanged].map(|at| checker.bind(at));
		let third = checker.bind(Bind::AfterHandle);
		conditions.push(format!(
			"({changed} > {first} OR ({changed} = {second} AND {handle} > {third}))"
		));
		let limit = checker.bind(Bind::Limit);
		let sql = format!(
			"SELECT {columns} FROM {tables} WHERE {} ORDER BY {changed}, {handle} LIMIT {limit}",
			conditions.join(" AND ")
		);
		Ok(checker.finish(sql))
	}

	fn last(&self) -> Result<Statement, TemplateError> {
		let (handle, changed) = self.handle_and_changed()?;
		let mut checker = self.checker();
		let changed = checker.operand(changed)?;
		let handle = checker.operand(handle)?;
		let tables = self.tables(&mut checker)?;
		let mut conditions = self.conditions(&mut checker)?;
		conditions.push(format!("{changed} IS NOT NULL AND {handle} IS NOT NULL"));
		let sql = format!(
			"SELECT {changed}, {handle} FROM {tables} WHERE {} ORDER BY {changed} DESC, {handle} DESC \
			 LIMIT 1",
			conditions.join(" AND ")
		);
		Ok(checker.finish(sql))
	}

	fn of_subject(&self, checker: &mut Checker<'_>) -> Result<String, TemplateError> {
		let subject = checker.operand(&self.subject)?;
		Ok(format!("({subject} = {})", checker.bind(Bind::Subject)))
	}

	fn conditions(&self, checker: &mut Checker<'_>) -> Result<Vec<String>, TemplateError> {
		self.conditions
			.iter()
			.map(|condition| checker.expression(condition).map(|checked| format!("({checked})")))
			.collect()
	}

	fn tables(&self, checker: &mut Checker<'_>) -> Result<String, TemplateError> {
		let tables = self
			.from
			.iter()
			.map(|table| {
				let mut text = relation(&table.relation)?;
				for join in &table.joins {
					text.push_str(&syntax::join(checker, join)?);
				}
				Ok(text)
			})
			.collect::<Result<Vec<String>, _>>()?;
		match tables.is_empty() {
			true => Err(TemplateError::NotPlain("no FROM")),
			false => Ok(tables.join(", ")),
		}
	}
}

fn list(checker: &mut Checker<'_>, columns: &[Expr]) -> Result<String, TemplateError> {
	let columns = columns
		.iter()
		.map(|column| checker.expression(column).map(|checked| checked.to_string()))
		.collect::<Result<Vec<_>, _>>()?;
	Ok(columns.join(", "))
}
