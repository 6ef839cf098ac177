#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later

# real-daemon.sh DIRECTORY DAEMON COMMAND...: runs COMMAND with a guix-daemon
# whose store, database and settings are below DIRECTORY, where /gnu is seen by
# these two only.  What is in a /gnu/store that is there already stays visible:
# Guix itself may be.  Ends with COMMAND's status.
#
# SUBSTITUTE_URLS are the daemon's substitute servers; without it there are none.

set -eu
directory=$1; daemon=$2; shift 2

if [ -z "${IN_NAMESPACE:-}" ]; then
    IN_NAMESPACE=yes exec unshare --mount --propagation private \
        "$0" "$directory" "$daemon" "$@"
fi

mkdir -p "$directory/store" "$directory/work" "$directory/gnu/store" \
    "$directory/var/daemon-socket" "$directory/log"
if [ -d /gnu/store ]; then
    mount -t overlay -o \
        "lowerdir=/gnu/store,upperdir=$directory/store,workdir=$directory/work" \
        overlay /gnu/store
else
    mount --bind "$directory/store" "$directory/gnu/store"
    mount --rbind "$directory/gnu" /gnu
fi

export GUIX_STATE_DIRECTORY="$directory/var" \
    GUIX_DATABASE_DIRECTORY="$directory/var/db" \
    GUIX_LOG_DIRECTORY="$directory/log" \
    GUIX_DAEMON_SOCKET="$directory/var/daemon-socket/socket"

"$daemon" --disable-chroot \
    --substitute-urls="${SUBSTITUTE_URLS:-http://127.0.0.1:9}" \
    > "$directory/daemon.log" 2>&1 &
pid=$!
trap 'kill $pid; wait $pid || true' EXIT

# The daemon does not say when it listens.
tries=0
until [ -S "$GUIX_DAEMON_SOCKET" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ] || ! kill -0 $pid; then
        echo "guix-daemon does not listen:"
        cat "$directory/daemon.log"
        exit 1
    fi
    sleep 0.05
done

"$@"
