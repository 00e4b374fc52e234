use crate::Error;
use flate2::read::GzDecoder;
use std::{
	fs::File,
	io::{BufReader, Read},
	path::{Path, PathBuf},
};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The number of files that are read ahead of the importer.
const AHEAD: usize = 2;

/// A file of a folder or archive.
#[derive(Debug)]
pub struct SourceFile {
	/// Its name, without the folder.
	pub name: String,
	/// Its content; none if it is larger than [`MAX_BYTES`].
	pub content: Option<Vec<u8>>,
}

/// The `*.json` files of a folder or a `.tar.gz`.
pub struct Source {
	/// The number of files; none for an archive, where it is known only at the end.
	pub count: Option<u64>,
	/// The files. The first one that cannot be read ends the stream.
	pub files: Receiver<Result<SourceFile, Error>>,
}

impl Source {
	/// Starts to read `path` on a blocking thread.
	pub fn open(path: &Path) -> Result<Source, Error> {
		let fault = |source| Error::Source { path: path.to_owned(), source };
		let (sender, files) = mpsc::channel(AHEAD);
		let is_folder = std::fs::metadata(path).map_err(fault)?.is_dir();
		let path = path.to_owned();
		let count = if is_folder {
			let names = json_files(&path).map_err(fault)?;
			if names.is_empty() {
				return Err(Error::Empty(path));
			}
			let count = names.len() as u64;
			tokio::task::spawn_blocking(move || read_folder(&names, &sender));
			Some(count)
		} else {
			let file = File::open(&path).map_err(fault)?;
			tokio::task::spawn_blocking(move || {
				if let Err(source) = read_archive(file, &sender) {
					// The importer has stopped if the receiver is gone.
					let _ = sender.blocking_send(Err(Error::Source { path, source }));
				}
			});
			None
		};
		Ok(Source { count, files })
	}
}

fn is_json(path: &Path) -> bool {
	path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn name_of(path: &Path) -> String {
	path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn json_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
	let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
	let mut files = entries.collect::<Result<Vec<_>, _>>()?;
	files.retain(|file| is_json(file) && file.is_file());
	files.sort();
	Ok(files)
}

fn read_folder(files: &[PathBuf], sender: &Sender<Result<SourceFile, Error>>) {
	for path in files {
		let file = File::open(path)
			.and_then(|file| read(&file, file.metadata()?.len()))
			.map(|content| SourceFile { name: name_of(path), content })
			.map_err(|source| Error::Source { path: path.clone(), source });
		if sender.blocking_send(file).is_err() {
			return;
		}
	}
}

fn read_archive(
	file: File,
	sender: &Sender<Result<SourceFile, Error>>,
) -> Result<(), std::io::Error> {
	let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
	for entry in archive.entries()? {
		let entry = entry?;
		let path = entry.path()?.into_owned();
		if !entry.header().entry_type().is_file() || !is_json(&path) {
			continue;
		}
		let size = entry.size();
		let file = SourceFile { name: name_of(&path), content: read(entry, size)? };
		if sender.blocking_send(Ok(file)).is_err() {
			return Ok(());
		}
	}
	Ok(())
}

/// The content, unless it or its announced `size` is over [`MAX_BYTES`].
fn read(from: impl Read, size: u64) -> Result<Option<Vec<u8>>, std::io::Error> {
	if size > MAX_BYTES {
		return Ok(None);
	}
	let mut content = Vec::new();
	from.take(MAX_BYTES + 1).read_to_end(&mut content)?;
	Ok((content.len() as u64 <= MAX_BYTES).then_some(content))
}
