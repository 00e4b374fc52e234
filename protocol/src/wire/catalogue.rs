use super::{AnswerTemplate, BlockRef};
use medrec_primitives::record::{Category, TemplateHash};
use serde::{Deserialize, Serialize};

/// The answer to `GET /v1/relationships/{id}/catalogue`: what the templates and categories of the records
/// of a relationship mean.
///
/// Keys are opaque texts: a client compares them with what the chain holds in a record pointer, and does
/// not interpret them. [`crate::catalogue::Catalogue`] is the verified form.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueResponse {
	/// The final block at whose state it was decided what the requester may know.
	pub decided_at: BlockRef,
	/// The categories of the listed templates.
	pub categories: Vec<CatalogueCategory>,
	/// The templates. Each is listed as a whole, since its hash covers all of it.
	pub templates: Vec<CatalogueTemplate>,
}

/// A category of records.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueCategory {
	/// The text of the category in a record pointer.
	#[serde(with = "category_text")]
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub key: Category,
	/// The provider's name of it, as `laboratory`.
	pub name: String,
}

/// A template of records.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueTemplate {
	/// The texts of the template in record pointers.
	pub keys: Vec<TemplateHash>,
	/// The public part and the hash of the private part.
	#[serde(flatten)]
	pub template: AnswerTemplate,
}

/// The text of a category.
mod category_text {
	use medrec_primitives::record::Category;
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub fn serialize<S: Serializer>(key: &Category, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(key)
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Category, D::Error> {
		String::deserialize(deserializer)?.parse().map(Category).map_err(D::Error::custom)
	}
}
