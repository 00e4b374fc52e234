use super::file::{check_name, check_range};
use crate::records::{
	scalar::{Scalar, ScalarType},
	template_error::TemplateError,
};
use serde::{Deserialize, Serialize};
use sqlparser::{
	ast::{Query, SetExpr, Statement},
	dialect::SQLiteDialect,
	parser::Parser,
	tokenizer::{Location, Token, TokenWithSpan, Tokenizer},
};
use std::collections::{BTreeMap, BTreeSet};

/// The longest query, in bytes.
const MAX_QUERY: u64 = 8 * 1024;

/// The rows of a template in an SQL database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlTemplate {
	/// The dialect of the query.
	pub dialect: Dialect,
	/// One SELECT over the rows of all patients. It has a column for each field and for `subject`,
	/// `handle` and `changes`, in any order; others are ignored.
	pub query: String,
	/// The local ID of the patient to whom a row belongs.
	pub subject: Column,
	/// What identifies a row among all rows of the query.
	pub handle: Column,
	/// A column that only grows: a new or changed row has a greater value than all rows before it.
	pub changes: Column,
	/// The placeholders of the query, by their name without the colon.
	#[serde(default)]
	pub parameters: BTreeMap<String, Parameter>,
}

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
	/// The dialect of SQLite.
	Sqlite,
}

/// An output column of the query.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
	/// Its name.
	pub column: String,
	/// Its type.
	#[serde(rename = "type")]
	pub kind: ScalarType,
}

/// The value of a placeholder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
	/// Its type.
	#[serde(rename = "type")]
	pub kind: ScalarType,
	/// The value that is bound.
	pub value: Scalar,
}

impl SqlTemplate {
	/// Checks everything but the placeholders.
	pub(super) fn validate(&self) -> Result<(), TemplateError> {
		for column in [&self.subject, &self.handle, &self.changes] {
			check_name(&column.column)?;
		}
		for (name, parameter) in &self.parameters {
			if parameter.value.kind() != parameter.kind {
				return Err(TemplateError::ParameterType(name.clone()));
			}
		}
		check_range("the number of bytes of the query", self.query.len() as u64, MAX_QUERY)?;
		// SQLite ends the text at a NUL, and the driver would prepare the rest again and again.
		if self.query.contains('\0') {
			return Err(TemplateError::Sql("it has a NUL character".into()));
		}
		let statements = match self.dialect {
			Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, &self.query),
		}
		.map_err(|error| TemplateError::Sql(error.to_string()))?;
		match statements.as_slice() {
			[Statement::Query(query)] if only_reads(query) => Ok(()),
			[_] => Err(TemplateError::NotOneQuery("a statement of another kind")),
			_ => Err(TemplateError::NotOneQuery("none or several statements")),
		}
	}

	/// The query with `?` in place of each named placeholder, and the values to bind, in their order.
	/// Nothing else of the text is changed.
	pub(super) fn bind_placeholders(&self) -> Result<(String, Vec<Scalar>), TemplateError> {
		let tokens = match self.dialect {
			Dialect::Sqlite => {
				Tokenizer::new(&SQLiteDialect {}, &self.query).tokenize_with_location()
			},
		}
		.map_err(|error| TemplateError::Sql(error.to_string()))?;
		let mut unused: BTreeSet<&str> = self.parameters.keys().map(String::as_str).collect();
		let mut text = String::new();
		let mut constants = Vec::new();
		let mut copied = 0;
		let mut tokens = tokens.iter().peekable();
		while let Some(TokenWithSpan { token, span }) = tokens.next() {
			match (token, tokens.peek().map(|next| &next.token)) {
				(Token::SemiColon, _) => {
					return Err(TemplateError::NotOneQuery("followed by a semicolon"));
				},
				(Token::Colon, Some(Token::Word(name))) if name.quote_style.is_none() => {
					let name = name.value.as_str();
					let parameter = self
						.parameters
						.get(name)
						.ok_or_else(|| TemplateError::Undeclared(name.to_owned()))?;
					unused.remove(name);
					constants.push(parameter.value.clone());
					let start = offset(&self.query, span.start);
					text.push_str(&self.query[copied..start]);
					text.push('?');
					copied = start + 1 + name.len();
				},
				(Token::Colon | Token::Placeholder(_) | Token::AtSign, _) => {
					return Err(TemplateError::Unnamed);
				},
				_ => {},
			}
		}
		text.push_str(&self.query[copied..]);
		match unused.first() {
			Some(name) => Err(TemplateError::Unused((*name).to_owned())),
			None => Ok((text, constants)),
		}
	}
}

/// Whether a query and the queries that it is made of are SELECTs. The parser also takes
/// `WITH .. INSERT` for a query.
fn only_reads(query: &Query) -> bool {
	fn body_only_reads(body: &SetExpr) -> bool {
		match body {
			SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => true,
			SetExpr::Query(query) => only_reads(query),
			SetExpr::SetOperation { left, right, .. } => {
				body_only_reads(left) && body_only_reads(right)
			},
			_ => false,
		}
	}
	let with = query.with.iter().flat_map(|with| &with.cte_tables);
	with.into_iter().all(|table| only_reads(&table.query)) && body_only_reads(&query.body)
}

/// The byte at which the tokenizer saw a token. It counts lines and characters from 1.
fn offset(text: &str, at: Location) -> usize {
	let line = usize::try_from(at.line).unwrap_or(usize::MAX).saturating_sub(1);
	let column = usize::try_from(at.column).unwrap_or(usize::MAX).saturating_sub(1);
	let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
	let rest = &text[start..];
	start + rest.char_indices().nth(column).map_or(rest.len(), |(byte, _)| byte)
}
