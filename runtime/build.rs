//! Compiles the runtime to WebAssembly, in addition to the native library for the node and the tests.

fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
