//! The modules of a crate, and which of them name which.

use crate::source::{Path as SourcePath, Source};
use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	path::Path,
};

/// The path of a module within its crate.
pub type Module = Vec<String>;

/// The files of a crate as modules. `lib.rs` and `main.rs` both are the root.
pub struct Crate {
	name: String,
	files: BTreeMap<Module, Source>,
	/// The names that imports give to other things: which module, which name, which path.
	aliases: BTreeMap<(Module, String), Module>,
}

impl Crate {
	/// Reads a crate by its folder. `name` is that of its library.
	pub fn read(folder: &Path, name: &str) -> Crate {
		let mut files = BTreeMap::new();
		read_folder(&folder.join("src"), &mut Vec::new(), &mut files);
		let tests: Vec<Module> = files
			.iter()
			.flat_map(|(module, source)| source.test_modules.iter().map(|test| join(module, test)))
			.collect();
		files.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
		let mut krate = Crate { name: name.to_owned(), files, aliases: BTreeMap::new() };
		krate.aliases = krate
			.files
			.iter()
			.flat_map(|(module, source)| source.paths.iter().map(move |path| (module, path)))
			.filter(|(_, path)| path.within.is_empty())
			.filter_map(|(module, path)| {
				let alias = path.alias.clone()?;
				Some(((module.clone(), alias), krate.absolute(module, path)?))
			})
			.collect();
		krate
	}

	/// Which modules name which others of the crate.
	pub fn references(&self) -> BTreeSet<(Module, Module)> {
		let paths = self.files.iter().flat_map(|(module, source)| {
			source.paths.iter().map(move |path| (module, self.absolute(module, path)))
		});
		paths
			.filter_map(|(module, path)| Some((module.clone(), self.resolve(path?, 0))))
			.filter(|(from, to)| from != to)
			.collect()
	}

	/// The modules with a path that begins with these segments, of this crate or another.
	pub fn naming(&self, prefix: &[&str]) -> Vec<Module> {
		let names = |path: &SourcePath| {
			path.segments.len() >= prefix.len()
				&& path.segments.iter().zip(prefix).all(|(a, b)| a == b)
		};
		let files = self.files.iter().filter(|(_, source)| source.paths.iter().any(names));
		files.map(|(module, _)| module.clone()).collect()
	}

	/// Whether a module has modules in it, and so is a folder.
	pub fn is_folder(&self, module: &Module) -> bool {
		self.files.keys().any(|other| other.len() > module.len() && other.starts_with(module))
	}

	/// A path from the crate's root; none if it begins in another crate.
	fn absolute(&self, module: &Module, path: &SourcePath) -> Option<Module> {
		let mut base = [&module[..], &path.within].concat();
		let mut segments = path.segments.as_slice();
		match segments.first()?.as_str() {
			"crate" => base.clear(),
			"self" | "super" => {},
			first if first == self.name => base.clear(),
			first => {
				let local = join(&base, first);
				let known = self.files.contains_key(&local)
					|| self.aliases.contains_key(&(base.clone(), first.to_owned()));
				return known.then(|| [&base[..], segments].concat());
			},
		}
		while let Some((first, rest)) = segments.split_first() {
			match first.as_str() {
				"super" => drop(base.pop()),
				"self" | "crate" => {},
				name if name == self.name && base.is_empty() => {},
				_ => break,
			}
			segments = rest;
		}
		Some([&base[..], segments].concat())
	}

	/// The module in which a path ends, with imports followed.
	fn resolve(&self, path: Module, depth: usize) -> Module {
		/// More imports than any name passes through.
		const DEPTH: usize = 16;
		let mut module = Vec::new();
		for (at, name) in path.iter().enumerate() {
			let next = join(&module, name);
			if self.files.contains_key(&next) {
				module = next;
				continue;
			}
			return match self.aliases.get(&(module.clone(), name.clone())) {
				Some(target) if depth < DEPTH && !path.starts_with(target) => {
					self.resolve([target, &path[at + 1..]].concat(), depth + 1)
				},
				_ => module,
			};
		}
		module
	}

	/// The cycles among the modules that stand beside each other, if a folder takes part.
	pub fn cycles(&self) -> Vec<String> {
		let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
		for (from, to) in self.references() {
			let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
			// A module may name what is around it and in it.
			if common < from.len() && common < to.len() {
				let siblings = (from[..=common].to_vec(), to[..=common].to_vec());
				edges.entry(siblings.0).or_default().insert(siblings.1);
			}
		}
		let reach = |start: &Module| {
			let (mut seen, mut open) = (BTreeSet::new(), vec![start.clone()]);
			while let Some(module) = open.pop() {
				for next in edges.get(&module).into_iter().flatten() {
					if seen.insert(next.clone()) {
						open.push(next.clone());
					}
				}
			}
			seen
		};
		let reached: BTreeMap<&Module, BTreeSet<Module>> =
			edges.keys().map(|module| (module, reach(module))).collect();
		let cycles: BTreeSet<Vec<&Module>> = reached
			.iter()
			.filter(|(module, reach)| reach.contains(**module))
			.map(|(module, reach)| {
				let back = |other: &Module| reached.get(other).is_some_and(|r| r.contains(*module));
				reached
					.keys()
					.copied()
					.filter(|other| reach.contains(*other) && back(other))
					.collect()
			})
			.collect();
		let within = |cycle: Vec<&Module>| {
			let names = |from: &Module| {
				let to = edges.get(from).into_iter().flatten().filter(|to| cycle.contains(to));
				let to: Vec<String> = to.map(|to| to.join("::")).collect();
				format!("{} -> {}", from.join("::"), to.join(", "))
			};
			cycle.iter().map(|module| names(module)).collect::<Vec<_>>().join("; ")
		};
		let folders = |cycle: &Vec<&Module>| cycle.iter().any(|module| self.is_folder(module));
		cycles.into_iter().filter(folders).map(within).collect()
	}
}

fn join(module: &[String], name: &str) -> Module {
	let mut joined = module.to_vec();
	joined.push(name.to_owned());
	joined
}

fn read_folder(folder: &Path, module: &mut Module, files: &mut BTreeMap<Module, Source>) {
	for entry in fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
		if path.is_dir() {
			module.push(name);
			read_folder(&path, module, files);
			module.pop();
		} else if path.extension().is_some_and(|extension| extension == "rs") {
			let source = Source::parse(&fs::read_to_string(&path).unwrap());
			let is_root = module.is_empty() && matches!(&*name, "lib" | "main");
			let module = if is_root { Vec::new() } else { join(module, &name) };
			let known: &mut Source = files.entry(module).or_default();
			known.paths.extend(source.paths);
			known.test_modules.extend(source.test_modules);
		}
	}
}

#[test]
fn a_cycle_through_a_folder_is_found() {
	let folder = tempfile::tempdir().unwrap();
	let write = |name: &str, text: &str| {
		let path = folder.path().join("src").join(name);
		fs::create_dir_all(path.parent().unwrap()).unwrap();
		fs::write(path, text).unwrap();
	};
	let cycles = || Crate::read(folder.path(), "example").cycles();
	write("lib.rs", "mod a; mod b; mod c; pub use b::Thing;");
	write("a.rs", "mod inner; use inner::Inner;");
	write("a/inner.rs", "use super::Other; use crate::Thing;");
	write("b.rs", "use crate::c::C;");
	write("c.rs", "use super::b::B;");
	assert_eq!(cycles(), [""; 0]);
	write("c.rs", "use super::b::B; fn f() { crate::a::inner::g() }");
	assert_eq!(cycles(), ["a -> b; b -> c; c -> a, b"]);
}
