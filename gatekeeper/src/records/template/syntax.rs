//! What a template's query may look like around its expressions.

use super::{
	expression::{name_of, Checker},
	file::SUBJECT,
	Dialect, PrivateTemplate, TemplateError,
};
use medrec_protocol::template::PublicTemplate;
use sqlparser::{
	ast::{
		BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, Query, Select, SelectItem,
		SetExpr, Statement, TableFactor, Value,
	},
	dialect::SQLiteDialect,
	parser::Parser,
};

/// The one SELECT in `sql`, without anything around it.
pub fn parse(dialect: Dialect, sql: &str) -> Result<Select, TemplateError> {
	let statements = match dialect {
		Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, sql),
	}
	.map_err(|error| TemplateError::Sql(error.to_string()))?;
	let [statement] = statements.as_slice() else {
		return Err(TemplateError::NotOneSelect(format!("{} statements", statements.len())));
	};
	let Statement::Query(query) = statement else {
		return Err(TemplateError::NotOneSelect("another statement".into()));
	};
	let SetExpr::Select(select) = query.body.as_ref() else {
		return Err(TemplateError::NotOneSelect("a union or a list of values".into()));
	};
	if *query.as_ref() != bare(SetExpr::Select(select.clone())) {
		return Err(TemplateError::NotPlain("WITH, ORDER BY, LIMIT or a lock"));
	}
	Ok(select.as_ref().clone())
}

/// A query that is nothing but its body.
fn bare(body: SetExpr) -> Query {
	Query {
		with: None,
		body: Box::new(body),
		order_by: None,
		limit_clause: None,
		fetch: None,
		locks: Vec::new(),
		for_clause: None,
		settings: None,
		format_clause: None,
		pipe_operators: Vec::new(),
	}
}

/// The names of the output columns, which must be the fields, the handle and the changed column.
pub fn check_columns(
	select: &Select,
	public: &PublicTemplate,
	private: &PrivateTemplate,
) -> Result<(), TemplateError> {
	let found = select
		.projection
		.iter()
		.map(|item| match item {
			SelectItem::ExprWithAlias { alias, .. } => Ok(alias.value.clone()),
			SelectItem::UnnamedExpr(Expr::Identifier(column)) => Ok(column.value.clone()),
			SelectItem::UnnamedExpr(Expr::CompoundIdentifier(path)) => {
				Ok(path.last().map(|column| column.value.clone()).unwrap_or_default())
			},
			SelectItem::UnnamedExpr(other) => Ok(other.to_string()),
			SelectItem::ExprWithAliases { .. } => Err(TemplateError::NotPlain("several aliases")),
			SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
				Err(TemplateError::Wildcard)
			},
		})
		.collect::<Result<Vec<String>, _>>()?;
	let fields = public.fields.iter().map(|field| field.name.as_str());
	let expected: Vec<&str> =
		fields.chain([private.handle_column.as_str(), private.changed_column.as_str()]).collect();
	match found == expected {
		true => Ok(()),
		false => {
			Err(TemplateError::Columns { expected: expected.join(", "), found: found.join(", ") })
		},
	}
}

/// A statement whose SELECT has no part but a projection: what an unused part looks like.
pub fn parse_constant() -> Result<Statement, TemplateError> {
	Parser::parse_sql(&SQLiteDialect {}, "SELECT 1")
		.ok()
		.and_then(|mut statements| statements.pop())
		.ok_or(TemplateError::NotPlain("something unknown"))
}

/// A plain table, printed. Tables in which SQLite keeps its own matters are refused.
pub fn relation(factor: &TableFactor) -> Result<String, TemplateError> {
	let TableFactor::Table { name, alias, .. } = factor else {
		return Err(TemplateError::NotPlain("a subquery or a function in FROM"));
	};
	let plain = TableFactor::Table {
		name: name.clone(),
		alias: alias.clone(),
		args: None,
		with_hints: Vec::new(),
		version: None,
		with_ordinality: false,
		partitions: Vec::new(),
		json_path: None,
		sample: None,
		index_hints: Vec::new(),
	};
	if plain != *factor {
		return Err(TemplateError::NotPlain("a table with arguments or hints"));
	}
	let text = name.to_string();
	let forbidden = ["sqlite_", "pragma_", "_sqlx_", "dbstat"];
	let own = |part: &str| forbidden.iter().any(|prefix| part.starts_with(prefix));
	let bare = text.to_lowercase().replace(['"', '`', '[', ']', '\''], "");
	match bare.split('.').any(own) {
		true => Err(TemplateError::Table(text)),
		false => Ok(factor.to_string()),
	}
}

pub fn join(checker: &mut Checker<'_>, join: &Join) -> Result<String, TemplateError> {
	let (words, constraint) = match &join.join_operator {
		JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("JOIN", constraint),
		JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
			("LEFT JOIN", constraint)
		},
		_ => return Err(TemplateError::NotPlain("a join other than JOIN and LEFT JOIN")),
	};
	let JoinConstraint::On(condition) = constraint else {
		return Err(TemplateError::NotPlain("a join without ON"));
	};
	if join.global {
		return Err(TemplateError::NotPlain("a global join"));
	}
	let table = relation(&join.relation)?;
	let condition = checker.expression(condition)?;
	Ok(format!(" {words} {table} ON ({condition})"))
}

/// The conditions that are joined by AND at the top, parentheses around them taken off.
pub fn conjuncts(condition: &Expr) -> Vec<Expr> {
	let mut found = Vec::new();
	let mut open = vec![condition];
	while let Some(next) = open.pop() {
		match next {
			Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
				open.push(right);
				open.push(left);
			},
			Expr::Nested(inner) => open.push(inner),
			other => found.push(other.clone()),
		}
	}
	found
}

/// The subject column, if `condition` is `column = :subject`.
pub fn subject_of(condition: &Expr, column: &str) -> Option<Expr> {
	let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else { return None };
	let is_subject = |side: &Expr| match side {
		Expr::Value(value) => {
			matches!(&value.value, Value::Placeholder(name) if name.strip_prefix(':') == Some(SUBJECT))
		},
		_ => false,
	};
	let is_column = |side: &Expr| name_of(side).is_some_and(|name| name == column);
	match (left.as_ref(), right.as_ref()) {
		(side, subject) | (subject, side) if is_subject(subject) && is_column(side) => {
			Some(side.clone())
		},
		_ => None,
	}
}
