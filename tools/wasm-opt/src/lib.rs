//! The part of the crate `wasm-opt` that `substrate-wasm-builder` calls.
//!
//! The published crate compiles all of Binaryen from C++, which took a third of a cold build, to
//! strip debug sections and to lower the instructions of the sign extension proposal. This one runs
//! the program `wasm-opt` of the installed Binaryen (Debian: `binaryen`). The runtime is compiled for
//! the target `wasm32v1-none`, which has no sign extension: in place of lowering it, the module is
//! validated against the features of the WebAssembly MVP. The workspace puts this crate in the place
//! of the published one by `[patch.crates-io]`.

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
	/// Ensures that there is no instruction of the sign extension proposal.
	SignextLowering,
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
	debug_info: bool,
	passes: Vec<Pass>,
}

impl OptimizationOptions {
	/// No optimisation but the passes that are added.
	pub fn new_opt_level_0() -> Self {
		Self::default()
	}

	/// Only the features of the WebAssembly MVP are valid, which is so without this call as well.
	pub fn mvp_features_only(&mut self) -> &mut Self {
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

	fn arguments(&self) -> impl Iterator<Item = &'static str> {
		let strip = self.passes.contains(&Pass::StripDwarf).then_some("--strip-dwarf");
		let names = self.debug_info.then_some("--debuginfo");
		["-O0", "--mvp-features"].into_iter().chain(names).chain(strip)
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
		let written = fs::read(output).unwrap();
		assert!(written.starts_with(&MODULE[..8]));
		assert!(!written.windows(11).any(|bytes| bytes == b".debug_info"), "{written:?}");
	}

	#[test]
	fn a_module_with_sign_extension_is_an_error() {
		// (module (func (result i32) (i32.extend8_s (i32.const 0))))
		let module = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x0a\x07\x01\x05\0\x41\0\xc0\x0b";
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("module.wasm");
		fs::write(&path, module).unwrap();
		let mut options = OptimizationOptions::new_opt_level_0();
		let result = options.add_pass(Pass::SignextLowering).run(&path, &path);
		assert!(matches!(result, Err(OptimizationError::Failed(_))), "{result:?}");
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
