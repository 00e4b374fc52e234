//! Dry runs: what the chain would do with a transaction, without sending it.

use super::{
	event::explain, reads::to_hex, runtime::Runtime, submit::next_nonce, Chain, Error,
	PoolRejection, RuntimeCall,
};
use medrec_protocol::keys::Key;
use subxt_rpcs::{methods::legacy::Bytes, rpc_params};

/// The mortality of the transaction of a dry run, in blocks: the shortest that there is. The best block is
/// the last of them, so that no later block can hold a transaction that a node keeps and sends.
const LIFETIME: u32 = 4;

impl Chain {
	/// Executes a call on the state of the best block, without sending it.
	///
	/// # Errors
	///
	/// [`Error::Rejected`] and [`Error::Failed`] say why the chain does not accept the call now. Any
	/// other error means that there was no dry run. No error promises nothing: the state may change
	/// before the call is in a block, and where transactions of the account are pending, which could
	/// change the result, or the chain has fewer than three blocks, there is no dry run.
	pub async fn dry_run(&self, call: &RuntimeCall, key: &Key) -> Result<(), Error> {
		let best = self.best().await?;
		let nonce = self.at(best.hash).nonce(&key.account()).await?;
		// The first blocks have too few ancestors.
		if best.number < LIFETIME - 1 || next_nonce(self, key).await? != nonce {
			return Ok(());
		}
		let mut birth = best;
		for _ in 1..LIFETIME {
			birth = self.head(birth.parent).await?;
		}
		let runtime = self.runtime_at(best.hash).await?;
		let transaction = runtime.sign(call, key, nonce, birth, LIFETIME)?;
		let apply = "BlockBuilder_apply_extrinsic";
		let params = rpc_params![apply, to_hex(&transaction.bytes), best.hash];
		let Bytes(answer) = self.connection().request("state_call", params).await?;
		outcome(&runtime, &answer)
	}
}

/// The meaning of an `ApplyExtrinsicResult` in SCALE: `Ok(Ok(()))`, `Ok(Err(DispatchError))` or
/// `Err(TransactionValidityError)`.
fn outcome(runtime: &Runtime, answer: &[u8]) -> Result<(), Error> {
	match answer {
		[0, 0] => Ok(()),
		[0, 1, error @ ..] => Err(explain(runtime, error).into()),
		// `InvalidTransaction::Custom` and `InvalidTransaction::Call`.
		[1, 0, 7, code] => Err(PoolRejection::from_code(*code).into()),
		[1, 0, 0] => {
			Err(PoolRejection::Invalid("the chain does not allow this call".into()).into())
		},
		// As that the best block has no room: the next one may have.
		[1, ..] => Ok(()),
		_ => Err(Error::Malformed("the result of a dry run")),
	}
}
