//! Builds the runtime to WebAssembly, beside the native library that clients and tests link.

fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
