;;; SPDX-License-Identifier: GPL-3.0-or-later

;; Stands for Guix's module of this name where there is no Guix.  Signatures are
;; verified for good, by libgcrypt.
(define-module (guix narinfo)
  #:use-module (guix pki)
  #:use-module ((gcrypt base64) #:select (base64-decode))
  #:use-module ((gcrypt hash) #:select (sha256))
  #:use-module (gcrypt pk-crypto)
  #:use-module (rnrs bytevectors)
  #:use-module (srfi srfi-1)
  #:export (string->narinfo
            valid-narinfo?))

(define (string->narinfo text cache-url)
  "Return TEXT and its fields, up to the first empty line."
  (cons text
        (map (lambda (line)
               (let ((colon (string-index line #\:)))
                 (cons (string-take line colon)
                       (string-trim (string-drop line (+ 1 colon))))))
             (take-while (negate string-null?)
                         (string-split text #\newline)))))

(define (field->signature value)
  "Return the canonical sexp in VALUE, a string like \"1;HOST;BASE64\", or #f."
  (false-if-exception
   (let ((parts (string-split value #\;)))
     (and (= 3 (length parts))
          (string=? "1" (first parts))
          (string->canonical-sexp
           (utf8->string (base64-decode (third parts))))))))

(define* (valid-narinfo? narinfo #:optional (acl (current-acl)))
  "Return true if a key of ACL has signed NARINFO, and in it what matters."
  ;; Guix's takes the first of its URLs, whether there is one or not.
  (unless (assoc-ref (cdr narinfo) "URL")
    (scm-error 'wrong-type-arg "valid-narinfo?" "no URL in ~S"
               (list narinfo) #f))
  (let* ((text      (car narinfo))
         (end       (string-contains text "Signature:"))
         (signed    (and end (string->narinfo (string-take text end) #f)))
         (signature (and=> (assoc-ref (cdr narinfo) "Signature")
                           field->signature)))
    (and signed signature
         (every (lambda (name) (assoc-ref (cdr signed) name))
                '("StorePath" "NarHash" "References"))
         (valid-signature-of? signature
                              (sha256 (string->utf8 (string-take text end)))
                              acl))))
