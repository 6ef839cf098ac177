;;; SPDX-License-Identifier: GPL-3.0-or-later

;; Stands for Guix's module of this name where there is no Guix: Nix's base 32,
;; which is the number that the bytes are in little-endian order, with its most
;; significant digit first.
(define-module (guix base32)
  #:use-module (rnrs bytevectors)
  #:export (bytevector->nix-base32-string
            nix-base32-string->bytevector))

(define %digits "0123456789abcdfghijklmnpqrsvwxyz")

(define (bytevector->nix-base32-string bytes)
  (let* ((size   (bytevector-length bytes))
         (number (if (zero? size)
                     0
                     (bytevector-uint-ref bytes 0 (endianness little) size))))
    (string-unfold-right (lambda (state) (zero? (cdr state)))
                         (lambda (state)
                           (string-ref %digits (logand 31 (car state))))
                         (lambda (state)
                           (cons (ash (car state) -5) (- (cdr state) 1)))
                         (cons number (ceiling-quotient (* 8 size) 5)))))

(define (nix-base32-string->bytevector text)
  (let* ((size   (quotient (* 5 (string-length text)) 8))
         (bytes  (make-bytevector size))
         (number (string-fold (lambda (chr number)
                                (+ (* 32 number)
                                   (or (string-index %digits chr)
                                       (error "no base 32 digit" chr))))
                              0 text)))
    (unless (zero? size)
      (bytevector-uint-set! bytes 0 number (endianness little) size))
    bytes))
