# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of libtorrent's DHT on this machine, which does what it reads and says what it finds.

    libtorrent-dht.py ADDRESS [ROUTER]  says "port PORT"; joins by ROUTER, HOST:PORT, or by whoever asks
    announce KEY                        announces itself at PORT, again if need be; KEY in hexadecimal
    find KEY                            says "peers", and ADDRESS,PORT of all that it found in two seconds
    put TEXT                            has others keep a string (BEP 44); says "put", and how many do
    get KEY                             says "item", and the string that is kept under KEY, if there is one
    sign SEED PUBLIC SALT TEXT          the same with a mutable item of the owner of these keys, in hexadecimal
    signed PUBLIC SALT                  says "item", and the newest string of that owner, if there is one
"""

import hashlib
import sys
import time

import libtorrent as lt

FINDING_SECONDS = 2
ITEM_SECONDS = 3


def bracketed(address):
    return f"[{address}]" if ":" in address else address


def session(address, router):
    return lt.session({
        "listen_interfaces": bracketed(address) + ":0",
        "enable_dht": True,
        "dht_bootstrap_nodes": router,
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


def outcome(ses, kind, of):
    """What the first alert of a kind says, or nothing after a while."""
    end = time.monotonic() + ITEM_SECONDS
    while time.monotonic() < end:
        ses.wait_for_alert(100)
        for alert in ses.pop_alerts():
            if isinstance(alert, kind):
                said = of(alert)
                if said is not None:
                    return said
    return None


def private_key(seed):
    """As libtorrent wants it: what RFC 8032 makes of the seed (section 5.1.5)."""
    expanded = bytearray(hashlib.sha512(seed).digest())
    expanded[0] &= 248
    expanded[31] = expanded[31] & 63 | 64
    return bytes(expanded)


def text(item):
    """Without the dictionary that is around it in the binding."""
    value = item.get("value") if isinstance(item, dict) else item
    return value.decode() if isinstance(value, bytes) else value


def main():
    ses = session(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    print("port", listening(ses), flush=True)
    for line in sys.stdin:
        match line.split():
            case ["announce", key]:
                announce(ses, lt.sha1_hash(bytes.fromhex(key)))
            case ["find", key]:
                peers = find(ses, lt.sha1_hash(bytes.fromhex(key)))
                print("peers", *sorted(f"{host},{port}" for host, port in peers), flush=True)

            case ["put", value]:
                ses.pop_alerts()
                ses.dht_put_immutable_item(value)
                print("put", outcome(ses, lt.dht_put_alert, lambda alert: alert.num_success), flush=True)
            case ["get", key]:
                ses.pop_alerts()
                ses.dht_get_immutable_item(lt.sha1_hash(bytes.fromhex(key)))
                print("item", outcome(ses, lt.dht_immutable_item_alert, lambda alert: text(alert.item)), flush=True)
            case ["sign", seed, public, salt, value]:
                ses.pop_alerts()
                ses.dht_put_mutable_item(private_key(bytes.fromhex(seed)), bytes.fromhex(public), value.encode(),
                                         salt.encode())
                print("put", outcome(ses, lt.dht_put_alert, lambda alert: alert.num_success), flush=True)
            case ["signed", public, salt]:
                ses.pop_alerts()
                ses.dht_get_mutable_item(bytes.fromhex(public), salt.encode())
                print("item", outcome(ses, lt.dht_mutable_item_alert, lambda alert: text(alert.item)), flush=True)


main()
