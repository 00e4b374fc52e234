//! The metrics of the node itself. `README.md` lists all metrics of MedRec.

use crate::cli::Cli;
use sc_cli::SubstrateCli;
use substrate_prometheus_endpoint::{register, GaugeVec, Opts, PrometheusError, Registry, U64};

/// Registers the gauge that tells the version of the node in a label; its value is one.
///
/// # Errors
///
/// Fails if the registry contains a metric of the same name.
pub fn register_build_info(registry: &Registry) -> Result<(), PrometheusError> {
	let opts = Opts::new("medrec_build_info", "Version of the node, as a label; always one");
	let info: GaugeVec<U64> = register(GaugeVec::new(opts, &["version"])?, registry)?;
	info.with_label_values(&[&Cli::impl_version()]).set(1);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{mining, service};
	use std::collections::BTreeMap;
	use substrate_prometheus_endpoint::prometheus::{proto::MetricType, TextEncoder};

	/// All metrics of MedRec.
	fn registry() -> Registry {
		let registry = Registry::new();
		register_build_info(&registry).expect("the name is new");
		service::finality::lag_gauge(Some(&registry)).expect("the name is new");
		let status = mining::SharedStatus::default();
		mining::metrics::register(&status, &registry).expect("the names are new");
		registry
	}

	/// The names and types in the table of the README.
	fn documented() -> BTreeMap<String, String> {
		include_str!("../README.md")
			.lines()
			.filter_map(|line| line.strip_prefix("| `medrec_"))
			.map(|row| {
				let (name, rest) = row.split_once('`').expect("the name ends");
				let name = name.split('{').next().unwrap_or(name);
				let kind = rest.split('|').nth(1).expect("there is a type").trim();
				(format!("medrec_{name}"), kind.into())
			})
			.collect()
	}

	#[test]
	fn the_readme_lists_every_metric_with_its_type() {
		let registered: BTreeMap<String, String> = registry()
			.gather()
			.into_iter()
			.map(|family| {
				let kind = match family.get_field_type() {
					MetricType::COUNTER => "counter",
					MetricType::GAUGE => "gauge",
					other => panic!("{other:?}"),
				};
				(family.get_name().into(), kind.into())
			})
			.collect();
		assert_eq!(registered, documented());
	}

	#[test]
	fn names_follow_the_convention() {
		for (name, kind) in documented() {
			assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
			assert!(
				name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'),
				"{name}"
			);
		}
	}

	#[test]
	fn the_version_is_a_label() {
		let text = TextEncoder::new().encode_to_string(&registry().gather()).expect("it is text");
		let line = format!("medrec_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
		assert!(text.lines().any(|other| other == line), "{text}");
	}
}
