;;; SPDX-License-Identifier: GPL-3.0-or-later

;; Stands for Guix's module of this name where there is no Guix.
(define-module (guix pki)
  #:use-module (guix config)
  #:use-module (gcrypt pk-crypto)
  #:use-module (ice-9 rdelim)
  #:export (current-acl
            valid-signature-of?))

(define (current-acl)
  "Return the access-control list in Guix's configuration directory."
  (canonical-sexp->sexp
   (string->canonical-sexp
    (call-with-input-file (string-append %config-directory "/acl")
      read-string))))

(define (authorized-keys acl)
  "Return the keys of ACL; throw if an entry of it allows for anything but
importing."
  (unless (eq? 'acl (car acl))
    (error "invalid access-control list" acl))
  (map (lambda (entry)
         (unless (and (eq? 'entry (car entry))
                      (equal? '((tag (guix import))) (cddr entry)))
           (error "invalid access-control list" acl))
         (cadr entry))
       (cdr acl)))

(define (valid-signature-of? signature hash acl)
  "Return true if SIGNATURE, a canonical sexp, is one of HASH by a key of ACL."
  (let ((data  (find-sexp-token signature 'data))
        (value (find-sexp-token signature 'sig-val))
        (key   (find-sexp-token signature 'public-key)))
    (and data value key
         (member (canonical-sexp->sexp key) (authorized-keys acl))
         (equal? hash (hash-data->bytevector data))
         (verify value data key))))
