;;; SPDX-License-Identifier: GPL-3.0-or-later

;; Stands for Guix's module of this name where there is no Guix: what the
;; extension uses of it, and what that is documented to do.
(define-module (guix config)
  #:export (%store-directory
            %config-directory))

(define %store-directory
  (or (getenv "NIX_STORE_DIR") "/gnu/store"))

(define %config-directory
  (or (getenv "GUIX_CONFIGURATION_DIRECTORY") "/etc/guix"))
