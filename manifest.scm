;;; SPDX-License-Identifier: GPL-3.0-or-later
;;;
;;; What building and testing guix-p2p needs: guix shell -m manifest.scm

(specifications->manifest
 '("openjdk@25:jdk"
   "maven"
   "guile"
   "guile-gcrypt"
   ;; What .ci/run and some tests call.
   "bash"
   "coreutils"
   "findutils"
   "git"
   "grep"
   "libtorrent-rasterbar"
   "python"
   "sed"
   "shellcheck"
   "ungoogled-chromium"
   "util-linux"))
