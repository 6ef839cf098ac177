;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; realise.scm [--keep-going] ITEM...: have the daemon substitute each ITEM as
;;; 'guix build' has it, with its closure, and print for each item of that
;;; whether what lies in the store is what the daemon has registered.

(use-modules (guix status)
             (guix store)
             ((guix store deduplication) #:select (nar-sha256))
             (rnrs bytevectors)
             ((srfi srfi-1) #:select (delete filter))
             (srfi srfi-34))

(define (as-registered? store item)
  (let ((info (query-path-info store item)))
    (call-with-values
        (lambda ()
          (nar-sha256 item))
      (lambda (hash size)
        (and (bytevector=? hash (path-info-hash info))
             (= size (path-info-nar-size info)))))))

(define (realise store items keep-going?)
  (set-build-options store
                     #:keep-going? keep-going?
                     #:use-substitutes? #t
                     #:print-build-trace #t
                     #:print-extended-build-trace? #t
                     #:multiplexed-build-output? #t)
  (with-status-verbosity 3
    (guard (c ((store-protocol-error? c)
               (simple-format #t "failed: ~a~%"
                              (store-protocol-error-message c))))
      (build-things store items)))
  (newline)                             ;after the last progress bar
  (for-each (lambda (item)
              (simple-format #t "~a ~a~%"
                             (if (as-registered? store item) "valid" "spoilt")
                             item))
            (requisites store
                        (filter (lambda (item)
                                  (valid-path? store item))
                                items))))

(let ((items (delete "--keep-going" (cdr (command-line)))))
  (with-store store
    (realise store items (< (length items) (length (cdr (command-line)))))))
