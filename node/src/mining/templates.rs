//! The most recent templates. A nonce for a template that was just replaced still counts.

use std::collections::VecDeque;

/// The most recent templates on one parent block. When another block becomes the best, all of them are
/// obsolete.
pub struct RecentTemplates<Hash, Template> {
	/// Parent, pre-hash and template. The oldest comes first.
	templates: VecDeque<(Hash, Hash, Template)>,
	capacity: usize,
}

impl<Hash: Copy + Eq, Template> RecentTemplates<Hash, Template> {
	/// No templates, with room for `capacity`.
	pub fn new(capacity: usize) -> Self {
		Self { templates: VecDeque::with_capacity(capacity), capacity }
	}

	/// Adds a template. It replaces all templates on another parent; beyond the capacity, it replaces
	/// the oldest.
	pub fn insert(&mut self, parent: Hash, pre_hash: Hash, template: Template) {
		self.retain(parent);
		self.templates.retain(|(_, other, _)| *other != pre_hash);
		self.templates.push_back((parent, pre_hash, template));
		if self.templates.len() > self.capacity {
			self.templates.pop_front();
		}
	}

	/// Drops the templates on another parent than `best`.
	pub fn retain(&mut self, best: Hash) {
		self.templates.retain(|(parent, ..)| *parent == best);
	}

	/// Takes the template with this pre-hash and drops the others, because a parent needs one child.
	pub fn take(&mut self, pre_hash: Hash) -> Option<Template> {
		let position = self.templates.iter().position(|(_, other, _)| *other == pre_hash)?;
		let (.., template) = self.templates.remove(position)?;
		self.clear();
		Some(template)
	}

	/// Drops all templates.
	pub fn clear(&mut self) {
		self.templates.clear();
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_replaced_template_is_kept() {
		let mut templates = RecentTemplates::new(3);
		templates.insert(1, 10, "first");
		templates.insert(1, 11, "second");
		assert_eq!(templates.take(10), Some("first"));
	}

	#[test]
	fn one_template_per_parent_is_taken() {
		let mut templates = RecentTemplates::new(3);
		templates.insert(1, 10, "first");
		templates.insert(1, 11, "second");
		assert_eq!(templates.take(11), Some("second"));
		assert_eq!(templates.take(10), None);
	}

	#[test]
	fn the_oldest_template_is_dropped_first() {
		let mut templates = RecentTemplates::new(2);
		for pre_hash in [10, 11, 12] {
			templates.insert(1, pre_hash, pre_hash);
		}
		assert_eq!(templates.take(10), None);
		assert_eq!(templates.take(11), Some(11));
	}

	#[test]
	fn templates_on_another_parent_are_dropped() {
		let mut templates = RecentTemplates::new(3);
		templates.insert(1, 10, "old");
		templates.insert(2, 20, "new");
		assert_eq!(templates.take(10), None);
		templates.retain(2);
		assert_eq!(templates.take(20), Some("new"));
		templates.insert(2, 21, "newer");
		templates.retain(3);
		assert_eq!(templates.take(21), None);
	}

	#[test]
	fn the_same_template_is_kept_once() {
		let mut templates = RecentTemplates::new(2);
		templates.insert(1, 10, "first");
		templates.insert(1, 11, "second");
		templates.insert(1, 11, "again");
		assert_eq!(templates.take(10), Some("first"));
	}
}
