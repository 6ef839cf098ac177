# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of libtorrent's DHT on this machine, which does what it reads and says what it finds.

    libtorrent-dht.py ADDRESS           says "port PORT"
    announce KEY                        announces itself at PORT, again if need be; KEY in hexadecimal
    find KEY                            says "peers", and ADDRESS,PORT of all that it found in two seconds
"""

import sys
import time

import libtorrent as lt

FINDING_SECONDS = 2


def bracketed(address):
    return f"[{address}]" if ":" in address else address


def session(address):
    return lt.session({
        "listen_interfaces": bracketed(address) + ":0",
        "enable_dht": True,
        "dht_bootstrap_nodes": "",
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # All nodes of the test have one address, and none that is the Internet's.
        "dht_restrict_routing_ips": False,
        "dht_restrict_search_ips": False,
        "dht_ignore_dark_internet": False,
        "dht_prefer_verified_node_ids": False,
        "dht_enforce_node_id": False,
        "dht_block_ratelimit": 10_000,
        "alert_mask": lt.alert.category_t.dht_notification | lt.alert.category_t.dht_operation_notification
        | lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    })


def listening(ses):
    while ses.listen_port() == 0 or not ses.is_dht_running():
        ses.wait_for_alert(100)
        ses.pop_alerts()
    return ses.listen_port()


def announce(ses, key):
    """As a torrent, of which nothing is known but its name: by itself dht_announce cannot be called from Python."""
    torrent = ses.find_torrent(key)
    if not torrent.is_valid():
        params = lt.add_torrent_params()
        params.info_hashes = lt.info_hash_t(key)
        params.save_path = "/nonexistent"
        params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
        torrent = ses.add_torrent(params)
    torrent.force_dht_announce()


def find(ses, key):
    ses.pop_alerts()
    ses.dht_get_peers(key)
    found = set()
    end = time.monotonic() + FINDING_SECONDS
    while time.monotonic() < end and not found:
        ses.wait_for_alert(100)
        for alert in ses.pop_alerts():
            if isinstance(alert, lt.dht_get_peers_reply_alert):
                found.update(alert.peers())
    return found


def main():
    ses = session(sys.argv[1])
    print("port", listening(ses), flush=True)
    for line in sys.stdin:
        match line.split():
            case ["announce", key]:
                announce(ses, lt.sha1_hash(bytes.fromhex(key)))
            case ["find", key]:
                peers = find(ses, lt.sha1_hash(bytes.fromhex(key)))
                print("peers", *sorted(f"{host},{port}" for host, port in peers), flush=True)


main()
