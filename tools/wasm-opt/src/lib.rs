//! The part of the crate `wasm-opt` that `substrate-wasm-builder` calls.
//!
//! The published crate compiles all of Binaryen from C++, which took a third of a cold build, to
//! strip debug sections and to lower one instruction set extension. This one runs the program
//! `wasm-opt` of the installed Binaryen (Debian: `binaryen`) with the same passes. The workspace
//! puts it in the place of the published crate by `[patch.crates-io]`.

use std::{
	io,
	path::Path,
	process::{Command, ExitStatus},
};

/// A pass of Binaryen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pass {
	/// Removes DWARF sections.
	StripDwarf,
	/// Replaces instructions of the sign extension proposal by those of the MVP.
	SignextLowering,
}

impl Pass {
	fn argument(self) -> &'static str {
		match self {
			Pass::StripDwarf => "--strip-dwarf",
			Pass::SignextLowering => "--signext-lowering",
		}
	}
}

/// Why a module was not written.
#[derive(Debug, thiserror::Error)]
pub enum OptimizationError {
	/// The program cannot be run.
	#[error("wasm-opt cannot be run ({0}); install Binaryen (Debian: apt-get install binaryen)")]
	NotRun(#[from] io::Error),
	/// The program failed.
	#[error("wasm-opt failed ({0})")]
	Failed(ExitStatus),
}

/// What to do with a module.
#[derive(Clone, Debug, Default)]
pub struct OptimizationOptions {
	mvp_only: bool,
	debug_info: bool,
	passes: Vec<Pass>,
}

impl OptimizationOptions {
	/// No optimisation but the passes that are added.
	pub fn new_opt_level_0() -> Self {
		Self::default()
	}

	/// Accepts the features of the WebAssembly MVP, and sign extension where a pass lowers it.
	pub fn mvp_features_only(&mut self) -> &mut Self {
		self.mvp_only = true;
		self
	}

	/// Whether names of functions are kept.
	pub fn debug_info(&mut self, keep: bool) -> &mut Self {
		self.debug_info = keep;
		self
	}

	/// Adds a pass. Passes run in the order in which they were added.
	pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
		self.passes.push(pass);
		self
	}

	/// Reads the module at `input` and writes the result to `output`, which may be the same file.
	pub fn run(
		&self,
		input: impl AsRef<Path>,
		output: impl AsRef<Path>,
	) -> Result<(), OptimizationError> {
		let status = Command::new("wasm-opt")
			.args(self.arguments())
			.arg(input.as_ref())
			.arg("--output")
			.arg(output.as_ref())
			.status()?;
		match status.success() {
			true => Ok(()),
			false => Err(OptimizationError::Failed(status)),
		}
	}

	fn arguments(&self) -> Vec<&'static str> {
		let mut arguments = vec!["-O0"];
		if self.mvp_only {
			arguments.push("--mvp-features");
		}
		if self.passes.contains(&Pass::SignextLowering) {
			arguments.push("--enable-sign-ext");
		}
		if self.debug_info {
			arguments.push("--debuginfo");
		}
		arguments.extend(self.passes.iter().map(|pass| pass.argument()));
		arguments
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::fs;

	/// An empty module with a custom section of the name `.debug_info`.
	const MODULE: &[u8] = b"\0asm\x01\0\0\0\0\x0c\x0b.debug_info";

	#[test]
	fn debug_sections_are_stripped_and_the_module_stays() {
		let folder = tempfile::tempdir().unwrap();
		let (input, output) = (folder.path().join("in.wasm"), folder.path().join("out.wasm"));
		fs::write(&input, MODULE).unwrap();
		OptimizationOptions::new_opt_level_0()
			.mvp_features_only()
			.debug_info(true)
			.add_pass(Pass::StripDwarf)
			.add_pass(Pass::SignextLowering)
			.run(&input, &output)
			.unwrap();
		assert_eq!(fs::read(output).unwrap(), MODULE[..8]);
	}

	#[test]
	fn a_file_that_is_no_module_is_an_error() {
		let folder = tempfile::tempdir().unwrap();
		let (input, output) = (folder.path().join("in.wasm"), folder.path().join("out.wasm"));
		fs::write(&input, b"text").unwrap();
		let error = OptimizationOptions::new_opt_level_0().run(&input, &output).unwrap_err();
		assert!(matches!(error, OptimizationError::Failed(_)), "{error}");
		assert!(!output.exists());
	}
}
