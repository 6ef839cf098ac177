;; SPDX-License-Identifier: GPL-3.0-or-later
;; Answers questions with libgcrypt itself.  A line in is a word and s-expressions, each written as the hexadecimal of
;; its text; a line out is an expression written likewise, or a word.
(use-modules (gcrypt pk-crypto)
             (gcrypt base16)
             (ice-9 match)
             (ice-9 rdelim)
             (rnrs bytevectors))

(define (latin1->string bytes)
  (list->string (map integer->char (bytevector->u8-list bytes))))

(define (string->latin1 text)
  (u8-list->bytevector (map char->integer (string->list text))))

(define (decode hex)
  (string->canonical-sexp (latin1->string (base16-string->bytevector hex))))

(define (encode sexp)
  (bytevector->base16-string (string->latin1 (canonical-sexp->string sexp))))

(define (answer line)
  (match (string-split line #\space)
    (("print" sexp) (encode (decode sexp)))
    (("generate" parameters) (encode (generate-key (decode parameters))))
    (("sign" data key) (encode (sign (decode data) (decode key))))
    (("verify" value data key)
     (if (verify (decode value) (decode data) (decode key)) "good" "bad"))))

(let loop ((line (read-line)))
  (unless (eof-object? line)
    (display (catch #t
               (lambda () (answer line))
               (lambda (key . arguments) (symbol->string key))))
    (newline)
    (loop (read-line))))
