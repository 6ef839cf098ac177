# SPDX-License-Identifier: GPL-3.0-or-later
"""A seeder or a fetcher of one torrent on loopback, by libtorrent with uTP off and deep request queues.

    seed TORRENT DIRECTORY PORT            says "seeding", and seeds until it is ended
    fetch TORRENT DIRECTORY PORT PEER...   says after how many seconds all pieces were there and verified
"""
import sys
import time

import libtorrent as lt

MIB = 1 << 20


def session(port):
    return lt.session({
        "listen_interfaces": "127.0.0.1:%d" % port,
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_incoming_utp": False,
        "enable_outgoing_utp": False,
        # All peers are at one address, each behind a port of its own.
        "allow_multiple_connections_per_ip": True,
        "in_enc_policy": 2,
        "out_enc_policy": 2,
        "max_out_request_queue": 4000,
        "max_allowed_in_request_queue": 8000,
        "request_queue_time": 10,
        "send_buffer_watermark": 8 * MIB,
        "send_buffer_low_watermark": MIB,
        "send_buffer_watermark_factor": 200,
        "max_queued_disk_bytes": 64 * MIB,
        "hashing_threads": 2,
        "unchoke_slots_limit": -1,
        "connection_speed": 1000,
        "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    })


def add(ses, torrent, directory, flags):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(torrent)
    # Peers are named on the command line.
    params.trackers = []
    params.save_path = directory
    params.flags = flags
    return ses.add_torrent(params)


def main():
    mode, torrent, directory, port = sys.argv[1:5]
    ses = session(int(port))
    if mode == "seed":
        add(ses, torrent, directory, lt.torrent_flags.seed_mode | lt.torrent_flags.upload_mode)
        print("seeding", flush=True)
        while True:
            time.sleep(3600)
    began = time.monotonic()
    handle = add(ses, torrent, directory, lt.torrent_flags.update_subscribe)
    for peer in sys.argv[5:]:
        handle.connect_peer(("127.0.0.1", int(peer)))
    while True:
        ses.wait_for_alert(1000)
        for alert in ses.pop_alerts():
            if isinstance(alert, lt.torrent_finished_alert):
                print("%.6f" % (time.monotonic() - began), flush=True)
                return
            if isinstance(alert, lt.torrent_error_alert) or isinstance(alert, lt.file_error_alert):
                sys.exit(str(alert))


if __name__ == "__main__":
    main()
