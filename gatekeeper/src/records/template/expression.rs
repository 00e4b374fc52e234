//! Which expressions a template's query may hold. All that is not on the list is refused.

use super::{
	file::{Parameter, SUBJECT},
	statement::{Bind, Statement},
	TemplateError,
};
use sqlparser::ast::{
	BinaryOperator, CaseWhen, CastKind, Expr, Function, FunctionArg, FunctionArgExpr,
	FunctionArgumentList, FunctionArguments, UnaryOperator, Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Functions whose result depends on nothing but their arguments. A commitment to anything else
/// could not be checked again.
const FUNCTIONS: &[&str] = &[
	"abs",
	"coalesce",
	"hex",
	"ifnull",
	"iif",
	"instr",
	"json",
	"json_array",
	"json_array_length",
	"json_extract",
	"json_object",
	"json_type",
	"length",
	"lower",
	"ltrim",
	"nullif",
	"replace",
	"round",
	"rtrim",
	"upper",
];

/// How deeply expressions may be nested.
const MAX_DEPTH: usize = 64;

/// The name of a column, with its table where one is given.
pub fn name_of(expression: &Expr) -> Option<String> {
	match expression {
		Expr::Identifier(column) => Some(column.value.clone()),
		Expr::CompoundIdentifier(path) => {
			Some(path.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join("."))
		},
		_ => None,
	}
}

/// Checks expressions, and rewrites their named placeholders to numbered ones.
pub struct Checker<'a> {
	parameters: &'a BTreeMap<String, Parameter>,
	subject_column: &'a str,
	binds: Vec<Bind>,
	depth: usize,
	/// The parameters that were met.
	pub used: BTreeSet<String>,
}

impl<'a> Checker<'a> {
	/// A checker for a query with these parameters.
	pub fn new(parameters: &'a BTreeMap<String, Parameter>, subject_column: &'a str) -> Self {
		let (binds, used) = (Vec::new(), BTreeSet::new());
		Checker { parameters, subject_column, binds, depth: 0, used }
	}

	/// A new placeholder.
	pub fn bind(&mut self, bind: Bind) -> String {
		self.binds.push(bind);
		format!("?{}", self.binds.len())
	}

	/// The statement of this text, which holds what was checked and bound.
	pub fn finish(self, sql: String) -> Statement {
		Statement { sql: sql.into(), binds: self.binds }
	}

	/// `expression` with numbered placeholders, if it is on the list.
	pub fn expression(&mut self, expression: &Expr) -> Result<Expr, TemplateError> {
		self.depth += 1;
		if self.depth > MAX_DEPTH {
			return Err(TemplateError::TooDeep);
		}
		let checked = match expression {
			Expr::Identifier(_) => Ok(expression.clone()),
			Expr::CompoundIdentifier(path) if path.len() <= 3 => Ok(expression.clone()),
			Expr::Value(value) => self.value(expression, &value.value),
			Expr::Function(function) => self.function(function),
			Expr::AccessContext { .. } => self.case(expression),
			Expr::Substring { .. } | Expr::Trim { .. } | Expr::Cast { .. } => {
				self.special(expression)
			},
			_ => self.operator(expression),
		};
		self.depth -= 1;
		checked
	}

	/// `expression` as a text that can stand beside any operator.
	pub fn operand(&mut self, expression: &Expr) -> Result<String, TemplateError> {
		let checked = self.expression(expression)?;
		Ok(match checked {
			Expr::Identifier(_) | Expr::CompoundIdentifier(_) => checked.to_string(),
			other => format!("({other})"),
		})
	}

	fn boxed(&mut self, expression: &Expr) -> Result<Box<Expr>, TemplateError> {
		self.expression(expression).map(Box::new)
	}

	fn optional(
		&mut self,
		expression: &Option<Box<Expr>>,
	) -> Result<Option<Box<Expr>>, TemplateError> {
		expression.as_deref().map(|inner| self.boxed(inner)).transpose()
	}

	fn value(&mut self, expression: &Expr, value: &Value) -> Result<Expr, TemplateError> {
		match value {
			Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => {
				Ok(expression.clone())
			},
			Value::Placeholder(placeholder) => {
				let name = placeholder.strip_prefix(':').ok_or(TemplateError::Unnamed)?;
				if name == SUBJECT {
					let column = self.subject_column.to_owned();
					return Err(TemplateError::SubjectElsewhere(column));
				}
				let value = self
					.parameters
					.get(name)
					.and_then(|parameter| parameter.value.clone())
					.ok_or_else(|| TemplateError::Undeclared(name.to_owned()))?;
				self.used.insert(name.to_owned());
				let number = self.bind(Bind::Constant(value));
				Ok(Expr::value(Value::Placeholder(number)))
			},
			_ => Err(refused(expression)),
		}
	}

	fn operator(&mut self, expression: &Expr) -> Result<Expr, TemplateError> {
		Ok(match expression {
			Expr::Nested(inner) => Expr::Nested(self.boxed(inner)?),
			Expr::IsNull(inner) => Expr::IsNull(self.boxed(inner)?),
			Expr::IsNotNull(inner) => Expr::IsNotNull(self.boxed(inner)?),
			Expr::IsTrue(inner) => Expr::IsTrue(self.boxed(inner)?),
			Expr::IsFalse(inner) => Expr::IsFalse(self.boxed(inner)?),
			Expr::IsDistinctFrom(left, right) => {
				Expr::IsDistinctFrom(self.boxed(left)?, self.boxed(right)?)
			},
			Expr::IsNotDistinctFrom(left, right) => {
				Expr::IsNotDistinctFrom(self.boxed(left)?, self.boxed(right)?)
			},
			Expr::UnaryOp { op, expr }
				if matches!(
					op,
					UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus
				) =>
			{
				Expr::UnaryOp { op: *op, expr: self.boxed(expr)? }
			},
			Expr::BinaryOp { left, op, right } if is_allowed(op) => Expr::BinaryOp {
				left: self.boxed(left)?,
				op: op.clone(),
				right: self.boxed(right)?,
			},
			Expr::Between { expr, negated, low, high } => Expr::Between {
				expr: self.boxed(expr)?,
				negated: *negated,
				low: self.boxed(low)?,
				high: self.boxed(high)?,
			},
			Expr::InList { expr, list, negated } => Expr::InList {
				expr: self.boxed(expr)?,
				list: list.iter().map(|item| self.expression(item)).collect::<Result<_, _>>()?,
				negated: *negated,
			},
			Expr::Like { negated, any: false, expr, pattern, escape_char } => Expr::Like {
				negated: *negated,
				any: false,
				expr: self.boxed(expr)?,
				pattern: self.boxed(pattern)?,
				escape_char: self.optional(escape_char)?,
			},
			other => return Err(refused(other)),
		})
	}

	fn case(&mut self, expression: &Expr) -> Result<Expr, TemplateError> {
		let Expr::AccessContext { case_token, end_token, operand, conditions, else_result } = expression
		else {
			return Err(refused(expression));
		};
		Ok(Expr::AccessContext {
			case_token: case_token.clone(),
			end_token: end_token.clone(),
			operand: self.optional(operand)?,
			conditions: conditions
				.iter()
				.map(|when| {
					Ok(CaseWhen {
						condition: self.expression(&when.condition)?,
						result: self.expression(&when.result)?,
					})
				})
				.collect::<Result<_, TemplateError>>()?,
			else_result: self.optional(else_result)?,
		})
	}

	/// Functions that the parser knows by their own syntax.
	fn special(&mut self, expression: &Expr) -> Result<Expr, TemplateError> {
		Ok(match expression {
			Expr::Substring { expr, substring_from, substring_for, special: true, shorthand } => {
				Expr::Substring {
					expr: self.boxed(expr)?,
					substring_from: self.optional(substring_from)?,
					substring_for: self.optional(substring_for)?,
					special: true,
					shorthand: *shorthand,
				}
			},
			Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
				Expr::Trim {
					trim_where: None,
					trim_what: None,
					expr: self.boxed(expr)?,
					trim_characters: None,
				}
			},
			Expr::Cast { kind: CastKind::Cast, expr, data_type, format: None } => Expr::Cast {
				kind: CastKind::Cast,
				expr: self.boxed(expr)?,
				data_type: data_type.clone(),
				format: None,
			},
			other => return Err(refused(other)),
		})
	}

	fn function(&mut self, function: &Function) -> Result<Expr, TemplateError> {
		let name = function.name.to_string();
		if !FUNCTIONS.contains(&name.to_lowercase().as_str()) {
			return Err(TemplateError::Function { name, allowed: FUNCTIONS.join(", ") });
		}
		let FunctionArguments::List(list) = &function.args else {
			return Err(TemplateError::NotPlain("a function without arguments"));
		};
		let mut plain = Function {
			name: function.name.clone(),
			uses_odbc_syntax: false,
			parameters: FunctionArguments::None,
			args: FunctionArguments::List(FunctionArgumentList {
				duplicate_treatment: None,
				args: list.args.clone(),
				clauses: Vec::new(),
			}),
			filter: None,
			null_treatment: None,
			over: None,
			within_group: Vec::new(),
		};
		if plain != *function {
			return Err(TemplateError::NotPlain("a function with more than arguments"));
		}
		let args = list
			.args
			.iter()
			.map(|argument| match argument {
				FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => self
					.expression(inner)
					.map(|checked| FunctionArg::Unnamed(FunctionArgExpr::Expr(checked))),
				_ => Err(TemplateError::NotPlain("a function over * or with named arguments")),
			})
			.collect::<Result<_, _>>()?;
		plain.args = FunctionArguments::List(FunctionArgumentList {
			duplicate_treatment: None,
			args,
			clauses: Vec::new(),
		});
		Ok(Expr::Function(plain))
	}
}

fn is_allowed(operator: &BinaryOperator) -> bool {
	use BinaryOperator::*;
	matches!(
		operator,
		Plus | Minus
			| Multiply
			| Divide | Modulo
			| StringConcat
			| Gt | Lt | GtEq
			| LtEq | Eq
			| NotEq | And
			| Or
	)
}

fn refused(expression: &Expr) -> TemplateError {
	let mut text = expression.to_string();
	if let Some((end, _)) = text.char_indices().nth(80) {
		text.truncate(end);
	}
	TemplateError::Expression(text)
}
