use base64::{engine::general_purpose::STANDARD, Engine};
use crypto_secretbox::{
	aead::{Aead, KeyInit},
	XSalsa20Poly1305,
};
use medrec_protocol::keys::{parse_address, Key, Scheme, SealingKey, Secret, MEDREC_PREFIX};
use parity_scale_codec::{Decode, Encode};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sp_core::Pair;
use zeroize::Zeroizing;

/// The parts before the ciphertext: the salt, N, p and r of scrypt in little-endian bytes, and the nonce.
/// SCALE encodes them so.
type Header = ([u8; 32], u32, u32, u32, [u8; 24]);

/// The bytes around the keys in the plaintext of a signing key: the header of a PKCS#8 structure, and
/// the divider between the secret and the public key.
const PKCS8_HEADER: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const PKCS8_DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];

/// The parameters of scrypt (log2 of N, r, p) that polkadot-js accepts. Others are refused, since a file
/// could name parameters of any cost.
const COSTS: [(u8, u32, u32); 6] =
	[(13, 8, 10), (14, 8, 5), (15, 8, 3), (15, 8, 1), (16, 8, 2), (17, 8, 1)];

/// The parameters of scrypt in files that polkadot-js and this crate write.
const COST: (u8, u32, u32) = (17, 8, 1);

/// The reason why a key file does not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyFileError {
	/// The file is not JSON of the documented shape.
	#[error("the file is not a key file of polkadot-js")]
	Malformed,
	/// The file has another version or kind of key.
	#[error(
		"the kind of key file is not supported; version 3 with scrypt, xsalsa20-poly1305 and an \
		 sr25519 or ed25519 key is"
	)]
	Unsupported,
	/// The scrypt parameters are none that polkadot-js accepts.
	#[error("the scrypt parameters of the file are not supported")]
	UnsupportedCosts,
	/// Decryption failed: a wrong password or a changed file.
	#[error("the password is wrong, or the file was changed")]
	WrongPassword,
	/// The key has another address than the file names.
	#[error("the key in the file has another address than the file names")]
	WrongAddress,
}

/// A key file of polkadot-js: version 3, scrypt and xsalsa20-poly1305. Encryption keys are kept in
/// the same form with `["raw", "x25519"]` as content and the public key as address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyJson {
	/// Salt, costs, nonce and ciphertext, in base64.
	encoded: String,
	/// The kinds of content and of encryption.
	encoding: Encoding,
	/// The SS58 address of a signing key, or the public key of an encryption key.
	address: String,
	/// Notes of the owner, among them the name.
	#[serde(default)]
	meta: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
struct Encoding {
	content: Vec<String>,
	r#type: Vec<String>,
	version: String,
}

/// The kind of key in a key file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Content {
	Signing(Scheme),
	Sealing,
}

impl Content {
	const ALL: [Content; 3] =
		[Content::Signing(Scheme::Sr25519), Content::Signing(Scheme::Ed25519), Content::Sealing];

	fn encoding(self) -> Encoding {
		let content = match self {
			Content::Signing(scheme) => ["pkcs8", scheme.as_str()],
			Content::Sealing => ["raw", "x25519"],
		};
		Encoding {
			content: content.map(str::to_owned).to_vec(),
			r#type: ["scrypt", "xsalsa20-poly1305"].map(str::to_owned).to_vec(),
			version: "3".to_owned(),
		}
	}
}

impl KeyJson {
	/// Parses a key file without opening it.
	pub fn parse(text: &str) -> Result<KeyJson, KeyFileError> {
		serde_json::from_str(text).map_err(|_| KeyFileError::Malformed)
	}

	/// The JSON text of the file.
	pub fn to_text(&self) -> String {
		serde_json::to_string_pretty(self).expect("texts and maps of texts are JSON; qed")
	}

	/// Encrypts `key` with `password`. `name` is for people.
	pub fn lock(key: &Key, password: &Secret, name: &str) -> KeyJson {
		let mut plain = Zeroizing::new(Vec::with_capacity(117));
		plain.extend_from_slice(&PKCS8_HEADER);
		match key {
			// polkadot-js stores the scalar in the form of ed25519, and the nonce.
			Key::Sr25519(pair) => {
				let pair: schnorrkel::Keypair = (**pair).clone().into();
				plain.extend_from_slice(&*Zeroizing::new(pair.secret.to_ed25519_bytes()));
			},
			// polkadot-js stores the seed and the public key, as NaCl does.
			Key::Ed25519(pair) => {
				plain.extend_from_slice(&Zeroizing::new(pair.to_raw_vec()));
				plain.extend_from_slice(&pair.public().0);
			},
		}
		plain.extend_from_slice(&PKCS8_DIVIDER);
		plain.extend_from_slice(&key.public());
		let content = Content::Signing(key.scheme());
		KeyJson::encrypt(&plain, password, content, key.address(MEDREC_PREFIX), name)
	}

	/// Encrypts an encryption key with `password`. `name` is for people.
	pub fn lock_sealing(key: &SealingKey, password: &Secret, name: &str) -> KeyJson {
		let secret = key.to_bytes();
		let address = key.public().to_string();
		KeyJson::encrypt(&*secret, password, Content::Sealing, address, name)
	}

	/// Opens a signing key.
	pub fn open(&self, password: &Secret) -> Result<Key, KeyFileError> {
		let Content::Signing(scheme) = self.content()? else {
			return Err(KeyFileError::Unsupported);
		};
		let plain = self.decrypt(password)?;
		let rest = plain.strip_prefix(&PKCS8_HEADER).ok_or(KeyFileError::Malformed)?;
		// An early form of ed25519 keys holds the seed alone.
		let secret_len = match rest.len() {
			101 => 64,
			69 if scheme == Scheme::Ed25519 => 32,
			_ => return Err(KeyFileError::Malformed),
		};
		let (secret, rest) = rest.split_at(secret_len);
		let public = rest.strip_prefix(&PKCS8_DIVIDER).ok_or(KeyFileError::Malformed)?;
		let key = match scheme {
			Scheme::Sr25519 => {
				let secret = schnorrkel::SecretKey::from_ed25519_bytes(secret)
					.map_err(|_| KeyFileError::Malformed)?;
				Key::Sr25519(Box::new(secret.to_keypair().into()))
			},
			Scheme::Ed25519 => {
				let pair = sp_core::ed25519::Pair::from_seed_slice(&secret[..32])
					.map_err(|_| KeyFileError::Malformed)?;
				Key::Ed25519(Box::new(pair))
			},
		};
		let named = parse_address(&self.address).map_err(|_| KeyFileError::Malformed)?;
		if key.public() != public || key.account() != named {
			return Err(KeyFileError::WrongAddress);
		}
		Ok(key)
	}

	/// Opens an encryption key.
	pub fn open_sealing(&self, password: &Secret) -> Result<SealingKey, KeyFileError> {
		if self.content()? != Content::Sealing {
			return Err(KeyFileError::Unsupported);
		}
		let plain = self.decrypt(password)?;
		let secret: Zeroizing<[u8; 32]> =
			Zeroizing::new(plain.as_slice().try_into().map_err(|_| KeyFileError::Malformed)?);
		let key = SealingKey::from_bytes(&secret);
		if self.address != key.public().to_string() {
			return Err(KeyFileError::WrongAddress);
		}
		Ok(key)
	}

	/// The same key, encrypted with the password `new`. Notes of the owner stay.
	pub fn with_password(&self, password: &Secret, new: &Secret) -> Result<KeyJson, KeyFileError> {
		let content = self.content()?;
		let plain = self.decrypt(password)?;
		let locked = KeyJson::encrypt(&plain, new, content, self.address.clone(), "");
		Ok(KeyJson { meta: self.meta.clone(), ..locked })
	}

	/// The same file with another name.
	pub fn with_name(mut self, name: &str) -> KeyJson {
		self.meta.insert("name".to_owned(), name.into());
		self
	}

	/// The SS58 address that the file names, or the public key of an encryption key. It is not
	/// authenticated before the file is opened.
	pub fn address(&self) -> &str {
		&self.address
	}

	/// The name that the owner chose.
	pub fn name(&self) -> Option<&str> {
		self.meta.get("name").and_then(serde_json::Value::as_str)
	}

	/// The scheme of a signing key; none for an encryption key.
	pub fn scheme(&self) -> Result<Option<Scheme>, KeyFileError> {
		Ok(match self.content()? {
			Content::Signing(scheme) => Some(scheme),
			Content::Sealing => None,
		})
	}

	fn content(&self) -> Result<Content, KeyFileError> {
		let mut known = Content::ALL.into_iter();
		known.find(|content| content.encoding() == self.encoding).ok_or(KeyFileError::Unsupported)
	}

	fn encrypt(
		plain: &[u8],
		password: &Secret,
		content: Content,
		address: String,
		name: &str,
	) -> KeyJson {
		let (mut salt, mut nonce) = ([0; 32], [0; 24]);
		rand::rngs::OsRng.fill_bytes(&mut salt);
		rand::rngs::OsRng.fill_bytes(&mut nonce);
		let ciphertext = cipher(password, &salt, COST)
			.encrypt(&nonce.into(), plain)
			.expect("a key is shorter than the cipher's limit; qed");
		let (log_n, r, p) = COST;
		let header: Header = (salt, 1 << log_n, p, r, nonce);
		KeyJson {
			encoded: STANDARD.encode([header.encode(), ciphertext].concat()),
			encoding: content.encoding(),
			address,
			meta: [("name".to_owned(), name.into())].into_iter().collect(),
		}
	}

	fn decrypt(&self, password: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
		let bytes = STANDARD.decode(&self.encoded).map_err(|_| KeyFileError::Malformed)?;
		let mut ciphertext = bytes.as_slice();
		let (salt, n, p, r, nonce) =
			Header::decode(&mut ciphertext).map_err(|_| KeyFileError::Malformed)?;
		let mut accepted = COSTS.into_iter();
		let cost = accepted
			.find(|(log_n, cost_r, cost_p)| (n, r, p) == (1 << log_n, *cost_r, *cost_p))
			.ok_or(KeyFileError::UnsupportedCosts)?;
		cipher(password, &salt, cost)
			.decrypt(&nonce.into(), ciphertext)
			.map(Zeroizing::new)
			.map_err(|_| KeyFileError::WrongPassword)
	}
}

fn cipher(password: &Secret, salt: &[u8], (log_n, r, p): (u8, u32, u32)) -> XSalsa20Poly1305 {
	let params = scrypt::Params::new(log_n, r, p, 32).expect("all of COSTS are in range; qed");
	let mut key = Zeroizing::new([0u8; 32]);
	scrypt::scrypt(password.expose().as_bytes(), salt, &params, &mut *key)
		.expect("32 bytes is a length that scrypt gives; qed");
	XSalsa20Poly1305::new((&*key).into())
}
