//! For whom a request is counted.

use axum::http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The header in which a proxy says for whom it asks.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that a request comes from, of an IPv6 one the network that one party has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Peer(pub IpAddr);

impl Peer {
	/// Who makes a request with these `headers` on a connection from `address`: that address; or, if
	/// it is that of one of the `proxies`, the last one in its `X-Forwarded-For`. What stands before
	/// the last was said by whoever asked the proxy, and anybody may say anything.
	pub(super) fn of(address: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> Peer {
		let address = address.to_canonical();
		let is_proxy = proxies.iter().any(|proxy| proxy.to_canonical() == address);
		let forwarded = if is_proxy { last_hop(headers) } else { None };
		Peer(network(forwarded.unwrap_or(address)))
	}
}

/// The last address of the last such header; none if it is no address.
fn last_hop(headers: &HeaderMap) -> Option<IpAddr> {
	let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
	let hop = last.rsplit(',').next()?.trim();
	let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
	hop.parse().ok().or_else(with_port)
}

/// One party has a whole /64 of IPv6 addresses, and is limited as one.
fn network(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V4(address) => IpAddr::V4(address),
		IpAddr::V6(address) => {
			let [a, b, c, d, ..] = address.segments();
			IpAddr::from([a, b, c, d, 0, 0, 0, 0])
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn address(text: &str) -> IpAddr {
		text.parse().unwrap()
	}

	/// The peer of a request on a connection from `from`, with these headers, behind one proxy.
	fn peer(from: &str, forwarded: &[&str]) -> IpAddr {
		let mut headers = HeaderMap::new();
		for value in forwarded {
			headers.append(FORWARDED_FOR, value.parse().unwrap());
		}
		Peer::of(address(from), &headers, &[address("10.0.0.1")]).0
	}

	#[test]
	fn an_ipv6_network_counts_as_one_peer() {
		assert_eq!(peer("2001:db8:1:2:3::4", &[]), peer("2001:db8:1:2:ffff::1", &[]));
		assert_ne!(peer("2001:db8:1:2::1", &[]), peer("2001:db8:1:3::1", &[]));
		assert_eq!(peer("::ffff:192.0.2.7", &[]), address("192.0.2.7"));
		assert_ne!(peer("192.0.2.7", &[]), peer("192.0.2.8", &[]));
	}

	#[test]
	fn a_proxy_that_is_trusted_says_for_whom_it_asks() {
		for (forwarded, expected) in [
			(&["192.0.2.7"][..], "192.0.2.7"),
			(&["192.0.2.7:4711"], "192.0.2.7"),
			(&["2001:db8:1:2:3::4"], "2001:db8:1:2::"),
			(&["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::"),
			// What was said before the proxy added its own is not believed.
			(&["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
			(&["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
		] {
			assert_eq!(peer("10.0.0.1", forwarded), address(expected), "{forwarded:?}");
			assert_eq!(peer("::ffff:10.0.0.1", forwarded), address(expected), "{forwarded:?}");
		}
	}

	#[test]
	fn a_proxy_that_says_nothing_of_use_is_counted_itself() {
		for forwarded in [&[][..], &[""], &["unknown"], &["192.0.2.7,"], &["192.0.2.7", "_hidden"]]
		{
			assert_eq!(peer("10.0.0.1", forwarded), address("10.0.0.1"), "{forwarded:?}");
		}
	}

	#[test]
	fn nobody_else_is_asked_for_whom_they_ask() {
		assert_eq!(peer("10.0.0.2", &["192.0.2.7"]), address("10.0.0.2"));
		assert_eq!(peer("192.0.2.8", &["10.0.0.1"]), address("192.0.2.8"));
	}
}
