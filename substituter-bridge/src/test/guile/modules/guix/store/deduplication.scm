;;; SPDX-License-Identifier: GPL-3.0-or-later

;; Stands for Guix's module of this name where there is no Guix.
(define-module (guix store deduplication)
  #:use-module (guix base32)
  #:use-module (guix config)
  #:use-module ((gcrypt hash) #:select (open-sha256-port))
  #:use-module (ice-9 binary-ports)
  #:use-module (rnrs bytevectors)
  #:export (dump-file/deduplicate))

(define %minimum-size 8192)             ;files below are not worth a link

(define (put-length size port)
  (let ((bytes (make-bytevector 8)))
    (bytevector-u64-set! bytes 0 size (endianness little))
    (put-bytevector port bytes)))

(define (put-padding size port)
  (put-bytevector port (make-bytevector (modulo (- size) 8) 0)))

(define (put-token text port)
  (let ((bytes (string->utf8 text)))
    (put-length (bytevector-length bytes) port)
    (put-bytevector port bytes)
    (put-padding (bytevector-length bytes) port)))

(define (copy input size . outputs)
  "Copy SIZE bytes of INPUT to each of OUTPUTS."
  (let loop ((left size))
    (when (positive? left)
      (let ((bytes (get-bytevector-n input (min left 65536))))
        (for-each (lambda (output) (put-bytevector output bytes)) outputs)
        (loop (- left (bytevector-length bytes)))))))

(define (copy/hash input size type output)
  "Copy SIZE bytes of INPUT to OUTPUT, and return the SHA-256 that the nar of a
file of this TYPE with these contents has."
  (call-with-values open-sha256-port
    (lambda (port get-hash)
      (for-each (lambda (token) (put-token token port))
                (append '("nix-archive-1" "(" "type" "regular")
                        (if (eq? type 'executable) '("executable" "") '())
                        '("contents")))
      (put-length size port)
      (copy input size output port)
      (put-padding size port)
      (put-token ")" port)
      (close-port port)
      (get-hash))))

(define (share file hash store)
  "Make FILE a link to the one of STORE whose nar has HASH, or that one a link to
FILE if there is none yet."
  (let* ((links     (string-append store "/.links"))
         (linked    (string-append links "/"
                                   (bytevector->nix-base32-string hash)))
         (temporary (string-append links "/.new-"
                                   (number->string (getpid)))))
    (unless (file-exists? links)
      (mkdir links))
    (cond ((file-exists? linked)
           (link linked temporary)
           (rename-file temporary file))
          (else
           (link file linked)))))

(define* (dump-file/deduplicate file input size type
                                #:key (store %store-directory))
  "Write SIZE bytes of INPUT to FILE, of TYPE 'regular or 'executable, and let it
share them with an equal file of STORE."
  (if (< size %minimum-size)
      (call-with-output-file file
        (lambda (output)
          (copy input size output)))
      (share file
             (call-with-output-file file
               (lambda (output)
                 (copy/hash input size type output)))
             store)))
